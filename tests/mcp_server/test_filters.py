"""Whatever the filters of an MCP server: what `tools/list` leaves out `tools/call` refuses, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import MCPError
from mcp.client import Client

from kustomer_sandbox.contracts import Tool
from kustomer_sandbox.mcp_server.app import VERSION, McpServer
from kustomer_sandbox.mcp_server.model import Grant, Scope
from kustomer_sandbox.mcp_server.protocol.server import Protocol
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.ready_made import FILTERS, passes
from tests.mcp_server.conftest import ACCOUNT
from tests.mcp_server.fakes import Counted, FakeUpstream

Tools = Mapping[str, Definition]
UNKNOWN = "never-a-word"


def naive(scope: Scope, tool: Tool) -> bool:
    """The rule, written as the documents say it."""
    if scope.filter is not None and not passes(scope.filter, tool):
        return False
    if scope.methods is not None and not ({tool.kind, tool.method_name} & set(scope.methods)):
        return False
    return scope.tags is None or bool(set(tool.tags) & set(scope.tags))


SETTINGS = ("GET /v1/klasses?", "GET /v1/metadata/")
"""What a refused call may read, so that it can be told what was meant."""


@st.composite
def scopes(draw: st.DrawFn, tools: Tools) -> Scope:
    """Words that tools carry, and some that none does; often both filters at once."""
    every = [definition.tool for definition in tools.values()]
    words = [UNKNOWN, *sorted({word for tool in every for word in (tool.kind, tool.method_name)})]
    tags = [UNKNOWN, *sorted({tag for tool in every for tag in tool.tags})]
    methods = draw(st.none() | st.lists(st.sampled_from(words), max_size=4).map(tuple))
    return Scope(
        methods=methods,
        tags=draw(st.none() | st.lists(st.sampled_from(tags), max_size=3).map(tuple)),
        filter=draw(st.none() | st.sampled_from(sorted(FILTERS))),
    )


async def refused(client: Client, name: str) -> bool:
    """Whether a tool is unknown to this client. An argument nobody knows keeps a call from going any further."""
    try:
        result = await client.call_tool(name, {UNKNOWN: 1})
    except MCPError:
        return True
    assert result.is_error
    return False


# The server is the same for all examples: nothing here changes it.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_list_and_call_agree_with_the_plain_rule(
    server: McpServer, upstream: FakeUpstream, tools: Tools, data: st.DataObject
) -> None:
    """A tool that is hidden but works is a hole; one that is shown but does not work sends a model round in circles."""
    scope = data.draw(scopes(tools))
    asked = data.draw(st.lists(st.sampled_from(sorted(tools)), min_size=1, max_size=4, unique=True))
    wanted = [name for name, definition in sorted(tools.items()) if naive(scope, definition.tool)]
    grant = Grant(server_id="s", name="s", account=ACCOUNT, scope=scope)
    protocol = Protocol(
        calls=server.calls,
        windows=server.windows,
        clock=server.clock,
        random_hex=Counted(),
        version=VERSION,
        grant=lambda: grant,
    )

    async def ask() -> tuple[list[str], set[str]]:
        async with Client(protocol.server) as client:
            listed = [tool.name for tool in (await client.list_tools()).tools]
            return listed, {name for name in asked if await refused(client, name)}

    listed, unknown = anyio.run(ask)
    assert listed == wanted
    assert unknown == set(asked) - set(wanted)
    assert all(sent.startswith(SETTINGS) for sent in upstream.sent())
