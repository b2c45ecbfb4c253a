"""Leases of unmasking windows: written down first, always closed."""
