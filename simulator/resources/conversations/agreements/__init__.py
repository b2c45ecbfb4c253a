"""Service level agreements as conversations come under them: what is promised by when, kept or breached."""
