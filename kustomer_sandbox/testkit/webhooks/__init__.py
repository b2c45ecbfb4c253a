"""What a test sees of its world's outbound webhooks, who receives them, and what goes wrong on the way."""
