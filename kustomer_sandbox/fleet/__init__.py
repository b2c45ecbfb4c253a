"""Several processes for one sandbox: each world lives in one of them, and the main port is where all are controlled."""
