"""What browsers see: the start page, the documentation, and the door before them."""
