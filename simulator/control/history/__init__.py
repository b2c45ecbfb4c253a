"""What the journal tells of a world's past minutes: what budgets were spent, and which unmasking windows there were."""
