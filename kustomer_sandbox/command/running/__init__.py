"""What runs here: found, told of when it is ready, and looked at."""
