"""Episodes over HTTP: a world for each run of an agent, with a key and an MCP URL; and MCP URLs for any world."""
