"""The MCP protocol: transports in both eras, sessions, envelopes, spans, access by token."""
