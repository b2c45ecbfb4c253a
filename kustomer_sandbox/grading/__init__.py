"""Grading an agent: did it do the right thing, and nothing else? No model judges anything."""
