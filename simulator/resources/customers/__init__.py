"""The rules of customers and their unmasking windows."""
