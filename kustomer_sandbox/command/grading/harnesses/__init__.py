"""Scenarios in the formats of other harnesses, and test cases of the vendor as scenarios."""
