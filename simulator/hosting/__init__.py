"""Many worlds in one process: made, forked, reset, and found by API key."""
