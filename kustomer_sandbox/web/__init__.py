"""What browsers see: console, documentation, the door before them; how answers and webhooks go out."""
