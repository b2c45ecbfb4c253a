"""A stateful, deterministic stand-in for the Kustomer REST API."""
