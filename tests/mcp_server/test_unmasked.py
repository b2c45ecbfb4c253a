"""Reading in clear in one call: the window is gone afterwards, whatever happened in between."""

from __future__ import annotations

from dataclasses import replace

import anyio
import httpx
import pytest

from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import ToolResult
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.unmasking import unmasking
from tests.mcp_server.fakes import JANE, PHONE, FakeUpstream, HandClock

ARGUMENTS = {"customer_id": JANE, "reason": "verify the phone number"}
WINDOW = f"/v1/customers/{JANE}/unmasking-windows"


async def read(server: McpServer, caller: Caller) -> ToolResult:
    return await server.calls.call(caller, READ_UNMASKED, ARGUMENTS)


def ends(server: McpServer) -> list[str]:
    return [lease.close_reason for lease, _ in server.windows.book.history("acme", limit=9)]


async def test_one_call_opens_reads_and_closes(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """Three requests, in this order, and nothing left open."""
    got = await read(server, caller)
    assert got.document["window_closed"] is True
    assert got.document["customer"]["attributes"]["phones"] == [{"phone": PHONE}]
    assert upstream.sent() == [f"POST {WINDOW}", f"GET /v1/customers/{JANE}", f"DELETE {WINDOW}"]
    assert upstream.open_windows == set()


async def test_a_reason_is_asked_for(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """An audit trail without reasons is of little use."""
    got = await server.calls.call(caller, READ_UNMASKED, {"customer_id": JANE})
    assert got.document["problems"] == ["argument `reason`: is required"]
    assert upstream.requests == []


async def test_a_failing_read_still_closes(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """The error is passed on, and says that the window is closed."""
    upstream.script = [upstream.as_usual, lambda _: upstream.reply(500, {"errors": []})]
    got = await read(server, caller)
    assert (got.document["statusCode"], got.document["window_closed"]) == (500, True)
    assert upstream.open_windows == set()


async def test_a_refused_opening_reads_nothing(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """Without a window the values would be masked, and the model would take *** for the number."""
    upstream.script = [lambda _: upstream.reply(403, {"errors": [{"message": "no"}]})]
    got = await read(server, caller)
    assert (got.is_error, got.document["statusCode"], got.document["window_closed"]) == (True, 403, True)
    assert upstream.sent() == [f"POST {WINDOW}"]


@pytest.mark.parametrize("failing", [0, 1])
async def test_an_opening_that_may_have_happened_is_not_said_to_be_closed(
    server: McpServer, caller: Caller, upstream: FakeUpstream, *, failing: int
) -> None:
    """An error of the upstream does not say whether the window is open, and one confirmation is not enough."""
    upstream.script = [lambda _: upstream.reply(502, {"errors": []})]
    upstream.failing_deletes = failing
    got = await read(server, caller)
    assert (got.document["statusCode"], got.document["window_closed"]) == (502, False)
    assert upstream.sent() == [f"POST {WINDOW}", f"DELETE {WINDOW}"]


async def test_a_cancelled_read_still_closes(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """The client may die at any moment."""
    with anyio.CancelScope() as scope:

        def cancels(request: httpx.Request) -> httpx.Response:
            scope.cancel()
            return upstream.as_usual(request)

        upstream.script = [upstream.as_usual, cancels]
        await read(server, caller)
    assert upstream.open_windows == set()
    assert ends(server) == ["read"]


async def test_an_unconfirmed_closing_is_told_and_goes_on(
    server: McpServer, caller: Caller, upstream: FakeUpstream, clock: HandClock
) -> None:
    """What was read was read in an open window; what matters is that the window ends."""
    upstream.failing_deletes = 1
    assert (await read(server, caller)).document["window_closed"] is False
    await server.housekeeping.sweep()
    assert upstream.open_windows == {JANE}
    clock.advance(1)
    await server.housekeeping.sweep()
    assert upstream.open_windows == set()


async def test_progress_is_told_step_by_step(server: McpServer, caller: Caller) -> None:
    """A call of three requests may take a while."""
    told: list[str] = []

    async def progress(done: float, total: float, message: str) -> None:
        told.append(f"{done:.0f}/{total:.0f} {message}")

    await read(server, replace(caller, progress=progress))
    assert told == [
        "0/3 opening the unmasking window",
        "1/3 reading customer",
        "3/3 the window is closed",
    ]


async def test_a_read_that_takes_too_long_is_given_up_and_closed(
    server: McpServer, caller: Caller, upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that has given up waiting must not leave a window behind."""
    monkeypatch.setattr(unmasking, "READ_SECONDS", 0)

    async def waits(_done: float, _total: float, _message: str) -> None:
        await anyio.lowlevel.checkpoint()

    got = await read(server, replace(caller, progress=waits))
    assert (got.document["statusCode"], got.document["window_closed"]) == (504, True)
    assert upstream.open_windows == set()


def test_the_opening_tool_tells_how_long_a_window_lives(tools: dict[str, Definition]) -> None:
    """A model can only plan with what it is told."""
    text = tools["create_a_kustomer_customer_unmasking_window"].description
    assert "5 minutes without a read, 15 minutes after opening" in text
    assert READ_UNMASKED in text
