"""The rules of Klasses, their custom objects, and attribute metadata."""
