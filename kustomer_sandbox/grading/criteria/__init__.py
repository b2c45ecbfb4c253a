"""What a scenario can demand, as a table of small functions."""
