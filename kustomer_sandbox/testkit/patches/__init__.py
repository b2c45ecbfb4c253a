"""What is put in the place of other packages' functions while a test asks for it: ways into a world, and to wait."""
