"""The whole server through the official client, in both protocol eras, without a socket."""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import MCPError
from mcp.types import CallToolResult, TextContent

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools.answers.result import text
from tests.mcp_server.conftest import ACCOUNT, Connect
from tests.mcp_server.fakes import JANE, KEY, MODERN, PHONE, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
GET = "get_single_kustomer_customer_by_id"
LIST = "list_all_kustomer_customers"
OPEN = "create_a_kustomer_customer_unmasking_window"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"


def shown(result: CallToolResult) -> str:
    """The text of a result: its only content."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@ERAS
async def test_tools_are_listed_in_one_page_in_order(
    connect: Connect, token: str, server: McpServer, mode: str
) -> None:
    """Clients that drop a second page lose tools; an order that changes costs a model's cache."""
    async with connect(token, mode) as client:
        listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == sorted(server.catalogue)
    assert listed.next_cursor is None
    assert listed.tools[0].input_schema == server.catalogue[listed.tools[0].name].listed.input_schema


@ERAS
async def test_a_record_comes_in_text_and_structure_alike(
    connect: Connect, token: str, upstream: FakeUpstream, mode: str
) -> None:
    """One client shows a model the text, another the structure: neither may know more."""
    async with connect(token, mode) as client:
        got = await client.call_tool(GET, {"id": JANE})
    assert not got.is_error
    assert got.structured_content == upstream.customer()
    assert shown(got) == text(upstream.customer())
    assert got.meta is not None
    assert got.meta["ratelimit-limit"] == "1000"
    assert upstream.sent() == [f"GET /v1/customers/{JANE}"]


@ERAS
async def test_a_list_is_walked_by_its_cursor(connect: Connect, token: str, mode: str) -> None:
    """Every record once, in order, to the end."""
    seen: list[Any] = []
    arguments: dict[str, Any] = {"limit": 2}
    async with connect(token, mode) as client:
        while True:
            page = (await client.call_tool(LIST, arguments)).structured_content
            seen += [record["attributes"]["n"] for record in page["result"]]
            if page["next_cursor"] is None:
                break
            arguments = {"limit": 2, "next_cursor": page["next_cursor"]}
    assert seen == [0, 1, 2]


@ERAS
async def test_refused_arguments_send_nothing(connect: Connect, token: str, upstream: FakeUpstream, mode: str) -> None:
    """The SDK checks nothing: whatever passes here reaches the organisation."""
    async with connect(token, mode) as client:
        got = await client.call_tool(GET, {"id": "Jane", "extra": 1})
        cursor = await client.call_tool(LIST, {"next_cursor": "page2"})
    assert got.is_error
    envelope = json.loads(shown(got))
    assert (envelope["statusCode"], envelope["truto_is_remote_error"]) == (400, False)
    assert [problem.partition(":")[0] for problem in envelope["problems"]] == ["argument `extra`", "argument `id`"]
    assert "exactly as received" in json.loads(shown(cursor))["message"]
    assert upstream.requests == []


@ERAS
async def test_a_429_is_passed_on_once_with_its_limits(
    connect: Connect, token: str, upstream: FakeUpstream, mode: str
) -> None:
    """Retrying is the caller's decision; a hidden retry hides the back-pressure."""
    upstream.script = [lambda _: upstream.reply(429, {"errors": []}, **{"x-ratelimit-reset": "1781006430"})]
    async with connect(token, mode) as client:
        got = await client.call_tool(GET, {"id": JANE})
    assert got.is_error
    assert json.loads(shown(got))["headers"]["ratelimit-reset"] == "30"
    assert len(upstream.requests) == 1


async def test_limits_are_http_headers_too(http: httpx2.AsyncClient, token: str, upstream: FakeUpstream) -> None:
    """For clients and proxies that never look into the result."""
    call = {"name": GET, "arguments": {"id": JANE}, "_meta": MODERN}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}
    headers |= {"mcp-method": "tools/call", "mcp-name": GET}
    answer = await http.post(f"/mcp/{token}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ratelimit-limit"] == upstream.headers["x-ratelimit-limit"]
    assert answer.headers["ratelimit-remaining"] == upstream.headers["x-ratelimit-remaining"]


@ERAS
async def test_an_unknown_tool_is_an_invalid_request(connect: Connect, token: str, mode: str) -> None:
    """Unknown and not granted are one answer, which may name what is near and granted."""
    async with connect(token, mode) as client:
        with pytest.raises(MCPError, match=GET):
            await client.call_tool("get_single_kustomer_customer", {"id": JANE})


@ERAS
async def test_filtered_tools_are_absent_and_refused(connect: Connect, server: McpServer, mode: str) -> None:
    """A tool that is not listed must not work for one who knows its name."""
    token = server.provision(ACCOUNT, scope=Scope(methods=("read",), tags=("customers",)))[1]
    async with connect(token, mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert GET in names
        assert OPEN not in names
        with pytest.raises(MCPError):
            await client.call_tool(OPEN, {"customer_id": JANE})


@ERAS
async def test_an_unexpected_fault_shows_nothing_of_itself(
    connect: Connect, token: str, upstream: FakeUpstream, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The older protocol era would send the exception's text to the client."""

    def broken(_request: httpx.Request) -> httpx.Response:
        raise KeyError(KEY)

    upstream.script = [broken]
    with caplog.at_level(logging.DEBUG):
        async with connect(token, mode) as client:
            got = await client.call_tool(GET, {"id": JANE})
    assert json.loads(shown(got))["statusCode"] == 500
    assert KEY not in shown(got) + caplog.text


async def test_unknown_and_expired_tokens_get_the_same_answer(
    http: httpx2.AsyncClient, server: McpServer, clock: HandClock
) -> None:
    """Whoever tries tokens learns nothing from the answers."""
    record, token = server.provision(ACCOUNT, expires_at=clock.now().replace(minute=2))
    answers = [await http.post("/mcp/0123", json={}), await http.post(f"/mcp/{token}", json={})]
    clock.advance(120)
    answers.append(await http.post(f"/mcp/{token}", json={}))
    server.provisioning.delete_server(record.id)
    answers.append(await http.post(f"/mcp/{token}", json={}))
    assert [answer.status_code for answer in answers] == [401, 400, 401, 401]
    assert answers[0].json() == answers[2].json() == answers[3].json()
    assert answers[0].json()["statusCode"] == 401


async def test_the_second_factor_is_asked_for_when_set(http: httpx2.AsyncClient, server: McpServer) -> None:
    """A URL that leaks is then not enough."""
    token = server.provision(ACCOUNT, scope=Scope(require_api_token_auth=True))[1]
    key = server.provisioning.create_api_token("test", server.clock.now())
    bare = await http.post(f"/mcp/{token}", json={})
    wrong = await http.post(f"/mcp/{token}", json={}, headers={"authorization": "Bearer no"})
    right = await http.post(f"/mcp/{token}", json={}, headers={"authorization": f"Bearer {key}"})
    assert [bare.status_code, wrong.status_code, right.status_code] == [401, 401, 400]
    assert bare.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403), ({"host": "localhost"}, 400)],
    ids=["host", "origin", "portless"],
)
async def test_other_hosts_and_origins_are_refused(
    http: httpx2.AsyncClient, token: str, headers: dict[str, str], status: int
) -> None:
    """A web page must not reach a local server through the user's browser."""
    got = await http.post(f"/mcp/{token}", json={}, headers=headers)
    assert got.status_code == status


async def test_a_body_over_four_mebibytes_is_refused(http: httpx2.AsyncClient, token: str) -> None:
    """Memory is not for whoever asks first."""
    got = await http.post(f"/mcp/{token}", content=b" " * (4 * 2**20 + 1), headers={"content-type": "application/json"})
    assert got.status_code == 413


async def test_no_secret_or_personal_value_reaches_a_log(
    connect: Connect, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """At any level: logs are kept longer and read by more people than the data itself."""
    with caplog.at_level(logging.DEBUG):
        async with connect(token, "legacy") as client:
            await client.call_tool(OPEN, {"customer_id": JANE})
            clear = await client.call_tool(GET, {"id": JANE})
            await client.call_tool("kustomer_customers_using_email", {"email": "jane.doe@example.com"})
            await client.call_tool(CLOSE, {"id": JANE})
    assert PHONE in shown(clear)
    client_side = ("mcp.client", "asyncio", "httpx2", "httpcore2")
    mine = [record.getMessage() for record in caplog.records if not record.name.startswith(client_side)]
    for secret in (KEY, PHONE, "jane.doe", token):
        assert secret not in " ".join(mine)


async def test_nobody_waits_for_transports_that_cannot_be_made(
    server: McpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault while they are made must reach whoever asked first; a request that waits for ever tells nobody."""

    def broken(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("kustomer_sandbox.mcp_server.protocol.transports.Transports", broken)
    heard: list[str] = []

    async def ask() -> None:
        try:
            await server.transports()
        except RuntimeError as told:
            heard.append(str(told))

    async def serve() -> None:
        async with server.lifespan():
            await anyio.sleep_forever()

    with anyio.fail_after(10), pytest.raises(ExceptionGroup):  # noqa: PT012 - two tasks make the case
        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            group.start_soon(ask)
    assert heard == ["the tool server's transports could not be made, or its lifespan is over"]
