"""What browsers see: the console, the documentation, and the door before them; and how answers go out."""
