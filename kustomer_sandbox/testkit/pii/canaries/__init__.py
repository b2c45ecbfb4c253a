"""Proves that no sensitive value gets out: each is a canary, every way out is tried, and what carries one is named."""
