"""Workflows, as documents that are kept: nothing runs them."""
