"""What tools may ask of sensitive attributes, and may do with their marks."""
