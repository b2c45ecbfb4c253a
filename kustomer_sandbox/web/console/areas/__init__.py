"""The areas of the console, one module each; `table.py` lists them."""
