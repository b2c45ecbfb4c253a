"""One tool call from arguments to result, as an ordered list of steps."""
