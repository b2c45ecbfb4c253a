"""Checks of single kinds of records."""
