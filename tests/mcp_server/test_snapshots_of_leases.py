"""What one MCP server sees of the leases of an upstream at one moment, and what an answer says of a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.model import Cause, UpstreamResponse
from kustomer_sandbox.mcp_server.unmasking import unmasking, windows
from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from kustomer_sandbox.mcp_server.unmasking.unmasking import first_failure, is_opened
from kustomer_sandbox.mcp_server.unmasking.windows import (
    LeaseSnapshot,
    closes_window,
    is_closed,
    mentions_customer,
    opens_window,
    request_for,
)

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JANE = Lease(
    id="1", account_id="acme", customer_id="jane", server_id="mine", tool="", connection="", owner="", status="open",
    opened_at=NOW, expires_at=NOW + MINUTE, hard_at=NOW + MINUTE,
)  # fmt: skip
JOE = replace(JANE, id="2", customer_id="joe")
SEEN = LeaseSnapshot(leases=(JANE, JOE), at=NOW, server_id="mine")


def answered(status: int, fault: str = "") -> UpstreamResponse:
    return UpstreamResponse(status=status, headers={}, fault=fault)


def test_a_window_is_safe_for_the_server_that_opened_it_while_it_is_open() -> None:
    """One that is closing, over, of another server or of another state is as unsafe as none is safe."""
    assert SEEN.unsafe() == set()
    assert SEEN.elsewhere == frozenset()
    assert replace(SEEN, at=NOW + MINUTE).unsafe() == {"jane", "joe"}
    closing = replace(JOE, status="closing")
    assert replace(SEEN, leases=(JANE, closing)).unsafe() == {"joe"}
    assert replace(SEEN, server_id="other").unsafe() == {"jane", "joe"}
    assert replace(SEEN, server_id="a").unsafe() == {"jane", "joe"}
    assert replace(SEEN, server_id=str(b"mine", "ascii")).unsafe() == set()
    assert replace(SEEN, elsewhere=frozenset({"jim"})).unsafe() == {"jim"}
    assert replace(SEEN, leases=(closing,), elsewhere=frozenset({"joe"})).unsafe() == {"joe"}


def test_an_answer_is_uncertain_about_whoever_had_a_window_that_is_gone_or_unsafe() -> None:
    """Then, now or in between; a window that opened meanwhile has shown nothing."""
    alone = replace(SEEN, leases=(JANE,))
    assert SEEN.uncertain_customers(SEEN) == set()
    assert SEEN.uncertain_customers(alone) == {"joe"}
    assert alone.uncertain_customers(SEEN) == set()
    closing = replace(SEEN, leases=(JANE, replace(JOE, status="closing")))
    assert closing.uncertain_customers(SEEN) == SEEN.uncertain_customers(closing) == {"joe"}
    assert SEEN.uncertain_customers(replace(alone, elsewhere=frozenset({"joe"}))) == {"joe"}
    elsewhere = replace(alone, elsewhere=frozenset({"jim"}))
    assert [seen.uncertain_customers(elsewhere) for seen in (alone, elsewhere)] == [{"jim"}, {"jim"}]


@pytest.mark.parametrize(
    ("status", "fault", "closed", "opened"),
    [
        (200, "", True, True), (201, "", True, True), (299, "", True, True), (199, "", False, False),
        (300, "", False, False), (404, "", True, False), (403, "", False, False), (405, "", False, False),
        (500, "", False, False), (200, "no answer", False, False), (404, "no answer", False, False),
    ],
)  # fmt: skip
def test_an_answer_says_whether_a_window_is_closed_or_open(
    status: int, fault: str, *, closed: bool, opened: bool
) -> None:
    """Where there is none, none is open; a fault says nothing."""
    answer = answered(status, fault)
    assert (is_closed(answer), is_opened(answer)) == (closed, opened)


def test_the_first_answer_that_is_no_success_is_a_failure() -> None:
    good, bad, worse = answered(200), answered(404), answered(500)
    assert [first_failure(answers) for answers in ([], [good], [good, bad, worse])] == [None, None, bad]


def test_windows_are_opened_and_closed_by_one_operation_each(contracts: Contracts) -> None:
    """Whose path has nothing but the customer's id."""
    operations = contracts.operations.values()
    (opens,), (closes,) = (list(filter(asks, operations)) for asks in (opens_window, closes_window))
    cause = Cause(tool="tool", call_id="call")
    asked = [request_for(operation, "a/b", cause=cause) for operation in (opens, closes)]
    assert [(request.method, request.path) for request in asked] == [
        (method, "/v1/customers/a%2Fb/unmasking-windows") for method in ("POST", "DELETE")
    ]
    assert {request.cause for request in asked} == {cause}


def test_a_customer_is_mentioned_by_an_answer_or_by_what_was_asked() -> None:
    def mentioned(raw: bytes, **arguments: object) -> bool:
        return mentions_customer(raw, ["5a5b", "jane"], arguments)

    assert [mentioned(b"[5a5b]"), mentioned(b"", id="x 5A5B,y"), mentioned(b"jane", id=1)] == [True] * 3
    assert [mentioned(b""), mentioned(b"5a5", id="b"), mentioned(b"", ids=["jane"]), mentioned(b"", id=5)] == [
        False
    ] * 4
    assert not mentions_customer(b"5a5b", [], {})


def test_the_times_are_as_documented() -> None:
    """With opening, reading and closing one call is over in less than a minute."""
    times = (unmasking.OPEN_SECONDS, unmasking.READ_SECONDS, windows.CLOSE_SECONDS, windows.SHUTDOWN_SECONDS)
    assert times == (15, 25, 8, 8)
