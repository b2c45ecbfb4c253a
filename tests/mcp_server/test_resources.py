"""The MCP resources: what a model can read besides the descriptions of tools."""

from __future__ import annotations

import pytest
from mcp import MCPError
from mcp.types import TextResourceContents

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.build.search_operators import OPERATORS
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Scope
from tests.mcp_server.conftest import ACCOUNT, Connect

pytestmark = pytest.mark.anyio

ADDRESS = "kustomer://search-attributes"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_all_search_attributes_are_listed_with_types_operators_and_values(
    connect: Connect, server: McpServer, contracts: Contracts, mode: str
) -> None:
    """A tool's description names a few; the closed list stands here, made of the contracts."""
    token = server.provision(ACCOUNT)[1]
    async with connect(token, mode) as client:
        (resource,) = (await client.list_resources()).resources
        (page,) = (await client.read_resource(resource.uri)).contents
    assert resource.uri == ADDRESS
    assert isinstance(page, TextResourceContents)
    lines = page.text.splitlines()
    assert f"- datetime: {', '.join(OPERATORS['datetime'])}" in lines
    assert "- conversation_status: list; one of snoozed, open, done" in lines
    named = {line.removeprefix("- ").partition(":")[0] for line in lines if line.startswith("- ")}
    assert set(contracts.search) <= named


async def test_descriptions_of_searches_name_the_page(server: McpServer) -> None:
    """A model reads the descriptions and nothing else unasked."""
    for name in ("list_all_kustomer_search_conversations", "list_all_kustomer_search_customers"):
        assert ADDRESS in str(server.catalogue[name].listed.input_schema)


async def test_who_has_no_search_has_no_page_about_it(connect: Connect, server: McpServer) -> None:
    """Filters hold for pages, too; an address that is none is not repeated."""
    token = server.provision(ACCOUNT, scope=Scope(tags=("tags",)))[1]
    async with connect(token, "auto") as client:
        assert (await client.list_resources()).resources == []
        for address in (ADDRESS, "kustomer://jane.doe@example.com"):
            with pytest.raises(MCPError, match="no such resource") as refusal:
                await client.read_resource(address)
            assert "jane" not in str(refusal.value)
