"""The MCP resources: pages for a model to read, where a tool's description would cost in every conversation."""

from __future__ import annotations

from typing import Final

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, ListResourcesResult, ReadResourceResult, Resource, TextResourceContents

from kustomer_sandbox.mcp_server.calling.calls import ToolService
from kustomer_sandbox.mcp_server.model import Grant
from kustomer_sandbox.mcp_server.tools.teaching.search_words import PAGE_ADDRESS

_MARKDOWN: Final = "text/markdown"
_FRESH_MILLISECONDS: Final = 3_600_000


def listed(calls: ToolService, grant: Grant) -> ListResourcesResult:
    """The pages that are about a grant's tools."""
    found = [_SEARCH_ATTRIBUTES] if calls.search_page(grant) else []
    return ListResourcesResult(resources=found, ttl_ms=60_000, cache_scope="private")


def read(calls: ToolService, grant: Grant, uri: str) -> ReadResourceResult:
    """One page. Raises `MCPError` for an address that is none, which is not repeated."""
    text = calls.search_page(grant) if uri == PAGE_ADDRESS else ""
    if not text:
        raise MCPError(INVALID_PARAMS, "There is no such resource, or it is about tools that this MCP URL has not.")
    contents = TextResourceContents(uri=uri, mime_type=_MARKDOWN, text=text)
    return ReadResourceResult(contents=[contents], ttl_ms=_FRESH_MILLISECONDS, cache_scope="private")


_SEARCH_ATTRIBUTES: Final = Resource(
    uri=PAGE_ADDRESS,
    name="search-attributes",
    title="What searches can ask for",
    description="Every attribute that the search tools know, with its type, operators and values.",
    mime_type=_MARKDOWN,
)
