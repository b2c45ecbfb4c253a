"""No answer is larger than its MCP server allows, whatever the upstream sends; what is cut is told with a way on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import RESULT_CHARS, Scope, ToolResult
from kustomer_sandbox.mcp_server.tools.answers.result import text
from kustomer_sandbox.mcp_server.tools.definitions import LIST_LIMIT, Definition
from tests.mcp_server.conftest import ACCOUNT, Connect
from tests.mcp_server.fakes import JANE, FakeUpstream

pytestmark = pytest.mark.anyio

LIST = "list_all_kustomer_customers"
GET = "get_single_kustomer_customer_by_id"
MANY = "kustomer_users_get_many"
READ_UNMASKED = "kustomer_customers_read_unmasked"
LEAST, MOST = 10_000, 500_000
RESULT_SIZE = "anthropic/maxResultSizeChars"


def allowed(caller: Caller, size: int, **scope: Any) -> Caller:
    return replace(caller, grant=replace(caller.grant, scope=Scope(max_result_chars=size, **scope)))


def large(count: int, size: int) -> list[dict[str, Any]]:
    return [{"type": "customer", "id": f"{n:024x}", "attributes": {"text": "x" * size}} for n in range(count)]


async def test_a_list_has_twenty_records_if_nobody_says(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """The API's own hundred cost a model a third of what some clients take at most."""
    upstream.customers = 50
    got = (await server.calls.call(caller, LIST, {})).document
    assert (len(got["result"]), got["result_count"], got["total"]) == (LIST_LIMIT, 20, 50)
    assert upstream.sent() == ["GET /v1/customers?page=1&pageSize=20"]


async def test_twenty_are_twenty_where_the_upstream_sends_more(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """Some lists are not paged upstream; the cursor goes on within what was sent."""
    upstream.script = [lambda _: upstream.reply(200, {"data": large(30, 10), "links": {"next": None}})] * 2
    first = (await server.calls.call(caller, LIST, {})).document
    second = (await server.calls.call(caller, LIST, {"next_cursor": first["next_cursor"]})).document
    assert (first["result_count"], second["result_count"], second["next_cursor"]) == (20, 10, None)


async def test_a_cut_list_says_how_many_are_there_and_how_to_go_on(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """Without words a model takes what it sees for all there is."""
    upstream.script = [lambda _: upstream.reply(200, {"data": large(20, 3_000), "links": {"next": None}})]
    got = (await server.calls.call(caller, LIST, {})).document
    assert got["note"] == ("Cut to fit: 9 of 20 records. Go on with next_cursor, or ask for less of each with fields.")
    assert (got["result_count"], got["next_cursor"] is None) == (9, False)


async def test_cut_records_without_a_cursor_say_so(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """Records asked for by their ids come in one call or not at all."""
    upstream.script = [lambda _: upstream.reply(200, {"data": large(2, 20_000)})]
    got = (await server.calls.call(caller, MANY, {"ids": f"{1:024x},{2:024x}"})).document
    assert got["note"].startswith("Cut to fit: 1 of 2 records. Ask for fewer in one call")


BODIES = st.one_of(
    st.builds(lambda count, size: {"data": large(count, size)}, st.integers(0, 40), st.integers(0, 40_000)),
    st.builds(lambda size: {"data": {"type": "t", "id": "1", "attributes": {"a": '"' * size}}}, st.integers(0, 60_000)),
    st.builds(lambda n: {"data": {"attributes": {f"name{i}": "x" * 99 for i in range(n)}}}, st.integers(0, 600)),
    st.builds(lambda size: {"data": {"id": "1", "relationships": {"r": "x" * size}}}, st.integers(0, 60_000)),
    st.builds(lambda size: {"errors": [{"code": "bad_request", "message": "\x01" * size}]}, st.integers(0, 20_000)),
    st.builds(lambda n: {"errors": [{"message": '"\\' * 9, "meta": "x" * 9}] * n}, st.integers(0, 900)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES,
    status=st.sampled_from([200, 400, 500]),
    size=st.sampled_from([LEAST, RESULT_CHARS]),
    tool=st.sampled_from([LIST, GET, READ_UNMASKED]),
)
def test_no_answer_is_larger_than_is_allowed(
    server: McpServer, caller: Caller, upstream: FakeUpstream, body: Any, status: int, size: int, tool: str
) -> None:
    """Clients refuse what is larger, errors as well, and a model is left with nothing."""
    reads = {"customer_id": JANE, "reason": "size", "include": ["conversations", "messages", "notes"]}
    given_arguments: dict[str, Mapping[str, Any]] = {LIST: {}, GET: {"id": JANE}, READ_UNMASKED: reads}

    def answer(request: httpx.Request) -> httpx.Response:
        is_window = request.url.path.endswith("/unmasking-windows")
        return upstream.as_usual(request) if is_window else upstream.reply(status, body)

    upstream.script = [answer] * 6
    got = anyio.run(partial(server.calls.call, allowed(caller, size), tool, given_arguments[tool]))
    assert len(text(got.document)) <= size
    assert json.loads(text(got.document)) == got.document


async def test_an_attribute_that_was_left_out_can_be_had_alone(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """The words say fields; fields must work."""
    record = {"type": "t", "id": "1", "attributes": {"long": "x" * 20_000, "longer": "x" * 25_000}}
    upstream.script = [lambda _: upstream.reply(200, {"data": record})] * 2
    whole: ToolResult = await server.calls.call(caller, GET, {"id": JANE})
    part = await server.calls.call(caller, GET, {"id": JANE, "fields": ["longer"]})
    assert whole.document["omitted"] == ["longer"]
    assert len(part.document["attributes"]["longer"]) == 25_000


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_clients_are_told_where_answers_may_be_larger_than_usual(
    server: McpServer, connect: Connect, tools: dict[str, Definition], mode: str
) -> None:
    """Claude Code takes a larger answer only from a tool that says so; one that says so for nothing is not believed."""
    told = []
    for size in (RESULT_CHARS, 200_000):
        _, token = server.provision(ACCOUNT, scope=Scope(max_result_chars=size))
        async with connect(token, mode) as client:
            listed = (await client.list_tools()).tools
        told.append({(tool.meta or {}).get(RESULT_SIZE) for tool in listed})
        assert len(listed) == len(tools)
    assert told == [{None}, {200_000}]
