"""What browsers see: the start page, the documentation, and the door before them; and how answers go out."""
