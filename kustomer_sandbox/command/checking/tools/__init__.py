"""MCP servers as targets: connected to by URL, and with the sandbox that they call in hand."""
