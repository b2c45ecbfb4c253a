"""What browsers see: the start page, the documentation, the door before them; how answers and webhooks go out."""
