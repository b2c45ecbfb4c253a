"""What a sandbox counts of itself, for Prometheus: read from what its worlds keep anyhow, when it is asked for."""
