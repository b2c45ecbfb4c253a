"""Everything that changes for one organisation: records, clock, budgets, jobs, journal, faults, snapshots."""
