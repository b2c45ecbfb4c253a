"""What waits for a world's calls: which calls, the how manieth of them, and what then happens."""
