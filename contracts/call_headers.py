"""How a request says which MCP tool call it acts for: what the tool server sends and an API may keep in its journal.

Both headers are names, never values: the tool's name, and an id by which its call is found in the tool-call log.
An API that does not know them ignores them. Whoever keeps them takes them from nobody but a tool server: a tool that
there is, and an id of the tool server's making, which no phone number or other value looks like.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from kustomer_sandbox.contracts.model import Contracts

TOOL_HEADER = "x-mcp-tool"
CALL_HEADER = "x-mcp-call"

READ_UNMASKED = "kustomer_customers_read_unmasked"
"""The one tool of the tool server that is none of the contracts': several operations together."""

_CALL_ID = re.compile(r"call-[0-9a-f]{16}", re.ASCII)


def tool_names(contracts: Contracts) -> frozenset[str]:
    """Every tool that a tool server can list."""
    return frozenset({*contracts.tools, READ_UNMASKED})


def call_id(process: str, number: int) -> str:
    """The id of a tool call: of the process (eight hexadecimal digits) and its call of this number."""
    return f"call-{process}{number:08x}"


def cause_of(headers: Mapping[str, str], known: Collection[str]) -> tuple[str, str]:
    """Tool and id of the tool call that a request acts for; empty what no tool server would send."""
    tool = headers.get(TOOL_HEADER, "")
    if tool not in known:
        return "", ""
    call = headers.get(CALL_HEADER, "")
    return tool, call if _CALL_ID.fullmatch(call) else ""
