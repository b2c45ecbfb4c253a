"""What the pytest plugin is made of, besides its fixtures."""
