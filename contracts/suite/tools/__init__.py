"""Checks of MCP servers in front of Kustomer, whatever their tools are called."""
