"""The simulator as what the tool server calls: the wire between them, an account for any world, and its key."""
