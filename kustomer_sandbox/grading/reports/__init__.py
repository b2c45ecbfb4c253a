"""Verdicts for people, for CI, and for a browser."""
