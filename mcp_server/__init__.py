"""Tools for a model, made from the contracts, towards any Kustomer base URL."""
