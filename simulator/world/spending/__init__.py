"""What budgets were spent on: which calls filled one that is used up, and how a recorded run fares under each plan."""
