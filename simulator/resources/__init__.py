"""The domain rules that differ from plain create, read, update and delete: one module per resource."""
