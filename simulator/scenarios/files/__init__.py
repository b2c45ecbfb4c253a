"""Scenario files: read from YAML, checked with file and line, played into a world."""
