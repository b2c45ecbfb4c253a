"""Management of MCP servers per integrated account, and the log of tool calls, over HTTP."""
