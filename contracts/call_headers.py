"""How a request says which MCP tool call it acts for: what the tool server sends and an API may keep in its journal.

Both headers are names, never values: the tool's name, and an id by which its call is found in the tool-call log.
An API that does not know them ignores them.
"""

from __future__ import annotations

TOOL_HEADER = "x-mcp-tool"
CALL_HEADER = "x-mcp-call"
