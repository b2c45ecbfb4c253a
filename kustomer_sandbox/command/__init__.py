"""What the command `kustomer-sandbox` does besides serving: settings, texts, the request log, what runs here."""
