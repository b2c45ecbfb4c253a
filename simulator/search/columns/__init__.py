"""Searches answered from columns, which are kept with a table. `match` and `order` are their oracle."""
