"""What an upstream request says of the tool call it acts for: a tool's name and an id of our own, never a value."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.state.call_log import CallLogLine
from tests.mcp_server.conftest import ACCOUNT
from tests.mcp_server.fakes import EMAILS, JANE, FakeUpstream, HandClock

pytestmark = pytest.mark.anyio

BY_EMAIL = "kustomer_customers_using_email"
OPEN = "create_a_kustomer_customer_unmasking_window"
UNMASKED = "kustomer_customers_read_unmasked"


def causes(upstream: FakeUpstream) -> list[tuple[str, str]]:
    return [(request.headers["x-mcp-tool"], request.headers["x-mcp-call"]) for request in upstream.requests]


def last_line(server: McpServer) -> CallLogLine:
    """The newest line of the tool-call log."""
    now = server.clock.now()
    ((_, line),) = server.log.find(now - timedelta(hours=1), now + timedelta(hours=1), filters={}, limit=1)
    return line


async def test_a_request_names_the_tool_and_the_id_of_its_call(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """The e-mail address stands in the path, where the API needs it, and in no header."""
    await server.calls.call(caller, BY_EMAIL, {"email": EMAILS[JANE]})
    assert causes(upstream) == [(BY_EMAIL, last_line(server).call_id)]
    assert EMAILS[JANE] not in str(upstream.requests[0].headers)


async def test_through_discovery_it_is_the_tool_that_acts(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """Not the one through which it was called, which is the same for all."""
    made, _ = server.provision(ACCOUNT, scope=Scope(tool_exposure="discovery"))
    grant = server.provisioning.grant_by_name(ACCOUNT.id, made.id, now=server.clock.now())
    assert grant is not None
    arguments = {"tool_name": BY_EMAIL, "arguments": {"email": EMAILS[JANE]}}
    await server.calls.call(Caller(grant=grant, connection=caller.connection), "call_tool", arguments)
    assert causes(upstream) == [(BY_EMAIL, last_line(server).call_id)]


async def test_all_requests_of_an_unmasked_read_belong_together(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """Opening, reading, closing: one call of one tool."""
    upstream_arguments = {"customer_id": JANE, "reason": "verify", "include": ["messages"]}
    await server.calls.call(caller, UNMASKED, upstream_arguments)
    assert [request.method for request in upstream.requests] == ["POST", "GET", "GET", "DELETE"]
    assert causes(upstream) == [(UNMASKED, last_line(server).call_id)] * 4


async def test_what_closes_a_window_later_acts_for_the_call_that_opened_it(
    server: McpServer, caller: Caller, upstream: FakeUpstream, clock: HandClock
) -> None:
    """The sweeper has no call of its own, and an operator wants to know whose window it closed."""
    await server.calls.call(caller, OPEN, {"customer_id": JANE})
    opened = last_line(server).call_id
    clock.advance(301)
    await server.windows.sweep()
    assert [request.method for request in upstream.requests] == ["POST", "DELETE"]
    assert causes(upstream) == [(OPEN, opened)] * 2
