"""The command `replay`: recorded traffic made again in a world, and where the shapes of the answers differ."""
