"""What has happened: the audit log, the events of customers and conversations, and what a website tracks."""
