"""What waits for a world's calls: which calls, the nth of them, and what then happens."""
