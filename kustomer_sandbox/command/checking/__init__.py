"""The command `check`: the shipped checks at our simulator, at a running sandbox, at an organisation."""
