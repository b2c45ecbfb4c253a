"""What a rule is given, and the only ways it may read and write records."""
