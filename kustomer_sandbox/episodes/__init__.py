"""Worlds with an MCP URL of their own: one for each episode of an agent, and for worlds that the control API made."""
