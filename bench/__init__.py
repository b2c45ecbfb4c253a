"""Speed, measured as ratios to a floor in the same run: `nox -s bench`, or `python -m bench`. Not shipped."""
