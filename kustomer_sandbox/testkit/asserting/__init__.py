"""What a test claims of its world."""
