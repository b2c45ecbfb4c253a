"""What goes out to an organisation's webhooks, and what comes in by its hooks."""
