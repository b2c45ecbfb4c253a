"""What came of a run of checks: for a terminal, for programs, for CI, as a page and as a table of a day."""
