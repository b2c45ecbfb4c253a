"""Finds sensitive values in texts: which there are, how they may be written, and where they got to."""
