"""What has come of a world's calls: budgets spent minute by minute, unmasking windows, deliveries to webhooks."""
