"""One HTTP call from bytes to bytes, as an ordered list of steps."""
