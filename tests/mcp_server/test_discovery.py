"""Discovery mode: few tools that find, describe and call the many, without mixing reading and changing."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import MCPError
from mcp.types import TextContent

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools import discovery
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from tests.mcp_server.conftest import ACCOUNT, Connect
from tests.mcp_server.fakes import JANE, FakeUpstream

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
DELETE = "delete_a_kustomer_customer_by_id"
DISCOVERY = Scope(tool_exposure="discovery")


@pytest.fixture
def token(server: McpServer) -> str:
    return server.provision(ACCOUNT, scope=DISCOVERY)[1]


async def ask(connect: Connect, token: str, tool: str, **arguments: Any) -> dict[str, Any]:
    async with connect(token, "auto") as client:
        got = await client.call_tool(tool, arguments)
    (content,) = got.content
    assert isinstance(content, TextContent)
    document: dict[str, Any] = json.loads(content.text)
    return document


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_only_the_finding_tools_are_listed(connect: Connect, token: str, mode: str) -> None:
    """That is the point: a model's context is not filled with schemas it will not use."""
    async with connect(token, mode) as client:
        listed = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
    assert tuple(listed) == discovery.NAMES
    reading = {name: hints.read_only_hint for name, hints in listed.items() if hints}
    assert reading == {"search_tools": True, "get_tool_schema": True, "call_tool": True, "call_changing_tool": False}


async def test_every_mcp_url_has_a_discovery_url_beside_it(connect: Connect, server: McpServer) -> None:
    """The same token, the same filters: a client chooses by its address, and what is revoked is revoked for both."""
    token = server.provision(ACCOUNT, scope=Scope(tags=("tags",)))[1]
    async with connect(f"{token}/discovery", "auto") as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        found = await client.call_tool("search_tools", {})
        with pytest.raises(MCPError, match="search_tools"):
            await client.call_tool(GET, {"id": JANE})
    assert tuple(listed) == discovery.NAMES
    assert found.structured_content is not None
    names = {name for group in found.structured_content["tools_by_resource"].values() for name in group}
    assert names == {name for name, definition in server.catalogue.items() if "tags" in definition.tool.tags}
    async with connect(token, "auto") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == names


async def test_a_discovery_url_asks_for_the_second_factor_too(http: httpx2.AsyncClient, server: McpServer) -> None:
    """It is another view of an MCP server and no way around its lock."""
    token = server.provision(ACCOUNT, scope=Scope(require_api_token_auth=True))[1]
    assert (await http.post(f"/mcp/{token}/discovery", json={})).status_code == 401
    assert (await http.post("/mcp/none/discovery", json={})).status_code == 401


async def test_a_search_finds_the_tool_for_the_task(connect: Connect, token: str) -> None:
    """By what it does, not by its exact name."""
    found = await ask(connect, token, "search_tools", query="customer by email address")
    assert found["tools"][0]["name"] == "kustomer_customers_using_email"
    assert found["tools"][0]["call_with"] == "call_tool"


async def test_a_search_without_a_match_shows_all_names(connect: Connect, token: str, server: McpServer) -> None:
    """A model that does not know the words can still look around."""
    for query in ("", "zzzz"):
        groups = (await ask(connect, token, "search_tools", query=query))["tools_by_resource"]
        assert sorted(name for names in groups.values() for name in names) == sorted(server.catalogue)


async def test_a_schema_is_given_in_full_and_a_wrong_name_gets_the_nearest(
    connect: Connect, token: str, server: McpServer
) -> None:
    """A wrong name costs one more call, not a guess."""
    got = await ask(connect, token, "get_tool_schema", tool_names=[GET, "get_customer_by_id"])
    assert got["tools"][0]["inputSchema"] == server.catalogue[GET].input_schema
    assert GET in got["unknown"][0]["did_you_mean"]


async def test_a_tool_is_called_through_the_right_caller_only(
    connect: Connect, token: str, upstream: FakeUpstream
) -> None:
    """A client that lets reading pass unasked must not be led into deleting."""
    refused = await ask(connect, token, "call_tool", tool_name=DELETE, arguments={"id": JANE})
    assert "call_changing_tool" in refused["message"]
    refused = await ask(connect, token, "call_changing_tool", tool_name=GET, arguments={"id": JANE})
    assert "call_tool" in refused["message"]
    assert upstream.requests == []
    assert (await ask(connect, token, "call_tool", tool_name=GET, arguments={"id": JANE}))["id"] == JANE


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("call_tool", {"tool_name": GET, "id": JANE}, "arguments of the tool itself go into `arguments`"),
        ("call_tool", {"arguments": {"id": JANE}}, "find it with search_tools"),
        ("get_tool_schema", {"resource": "customers"}, "the allowed arguments are tool_names"),
        ("call_tool", {"tool_name": "get_customer", "arguments": {"id": JANE}}, "get_single_kustomer_customer_by_id"),
    ],
)
async def test_a_wrong_move_is_answered_with_the_way_on(
    connect: Connect, token: str, tool: str, arguments: dict[str, Any], words: str
) -> None:
    """The finding tools are new to every model: their refusals say how they are meant."""
    assert words in (await ask(connect, token, tool, **arguments))["message"]


LARGE = ["update_a_kustomer_draft_by_id", "update_a_kustomer_customer_by_id", "create_a_kustomer_customer"]


@pytest.mark.parametrize("room", [1_000, 4_000, 10_000, 15_000])
def test_schemas_are_cut_to_the_size_of_an_answer(tools: dict[str, Definition], room: int) -> None:
    """As much as fits, and what to do about the rest; whole tools, as half a schema is worse than none."""
    found = discovery.schemas(LARGE, tools, room=room)
    assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":"))) <= room
    assert found["truncated"] is True
    assert found["note"].startswith(f"Cut to fit: {len(found['tools'])} of 3 tools.")
    shown = [tool["name"] for tool in found["tools"]]
    assert shown == LARGE[: len(shown)]
    assert [*shown, *found.get("left_out", LARGE[len(shown) :])] == LARGE


@pytest.mark.parametrize(("query", "limit"), [("customer", 50), ("", 8)])
def test_what_is_found_is_cut_to_the_size_of_an_answer(tools: dict[str, Definition], query: str, limit: int) -> None:
    """The names of all tools are long, too."""
    found = discovery.search(query, limit, tools, room=2_000)
    assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":"))) <= 2_000
    assert found["truncated"] is True
    whole = discovery.search(query, limit, tools)
    assert "truncated" not in whole


async def test_a_real_name_is_answered_with_where_to_start(connect: Connect, token: str) -> None:
    """The tool exists, only not under its own name here."""
    async with connect(token, "auto") as client:
        with pytest.raises(MCPError, match="search_tools"):
            await client.call_tool(GET, {"id": JANE})


async def test_filters_still_hold(connect: Connect, server: McpServer) -> None:
    """Discovery widens nothing."""
    narrow = Scope(methods=("read",), tags=("tags",), tool_exposure="discovery")
    token = server.provision(ACCOUNT, scope=narrow)[1]
    groups = (await ask(connect, token, "search_tools"))["tools_by_resource"]
    assert DELETE not in str(groups)
    refused = await ask(connect, token, "call_changing_tool", tool_name=DELETE, arguments={"id": JANE})
    assert refused["statusCode"] == 400


JSON = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=4)


@given(
    st.sampled_from(discovery.NAMES),
    st.dictionaries(st.sampled_from(["query", "limit", "tool_name", "tool_names", "arguments", "x"]), JSON),
)
def test_bad_arguments_of_the_finding_tools_are_named(name: str, given: dict[str, Any]) -> None:
    """They are checked like any tool's."""
    schema = next(tool.input_schema for tool in discovery.listed() if tool.name == name)
    problems = discovery.problems(name, given)
    missing = [key for key in schema.get("required", ()) if key not in given]
    unknown = [key for key in given if key not in schema["properties"]]
    assert bool(problems) >= bool(missing or unknown)


@given(st.text(max_size=40), st.integers(1, 50))
def test_no_query_breaks_the_search(tools: dict[str, Definition], query: str, limit: int) -> None:
    """Whatever the words, known tools come back."""
    found = discovery.search(query, limit, tools)
    assert {tool["name"] for tool in found.get("tools", ())} <= set(tools)
    assert len(found.get("tools", ())) <= limit
