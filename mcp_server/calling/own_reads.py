"""Reads of the tool server itself, for what it tells of a call: only what the caller could read with a tool, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from kustomer_sandbox.mcp_server.model import JSON, Account, Cause, UpstreamRequest
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.request import PLACEHOLDER
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue
from kustomer_sandbox.mcp_server.upstream.upstream import Upstream

_OK: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class EndedCall:
    """A tool call that has ended, well or not. `available` are the tools that the caller may use."""

    account: Account
    definition: Definition
    arguments: Mapping[str, Any]
    cause: Cause
    available: ToolCatalogue


async def own_read(
    upstream: Upstream, call: EndedCall, template: str, *values: str, query: tuple[tuple[str, str], ...] = ()
) -> JSON:
    """The document at a path, with `values` in its placeholders.

    None where it cannot be had, or where no tool of the caller reads that path.
    """
    if (template, "GET") not in ((d.operation.path, d.operation.method.upper()) for d in call.available.values()):
        return None
    rest = iter(values)
    path = PLACEHOLDER.sub(lambda _: quote(next(rest), safe=""), template)
    response = await upstream.send(
        call.account, UpstreamRequest(method="GET", path=path, query=query, cause=call.cause)
    )
    return response.body if response.status == _OK and not response.fault else None
