"""What the tool server keeps in its database: MCP servers, tokens, presence, the call log."""
