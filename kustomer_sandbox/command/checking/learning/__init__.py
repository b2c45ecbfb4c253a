"""`check --learn`: where an organisation departs from a rule, what the ledger should say, for review."""
