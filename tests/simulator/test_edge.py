"""The edge of the API: whatever fails inside, the caller gets an error entry, and the journal a line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.faults import ContentType, Fault, FaultMatch, Latency, Status
from kustomer_sandbox.simulator.world.journal import JournalEntry
from tests.world_client import WorldClient, opened

CUSTOMERS = "/v1/customers"
SECRET = "jane.doe@example.com"
SORRY = "Something went wrong in the sandbox; see its journal."
REQUEST, WORLD = "kustomer_sandbox.simulator.request", "kustomer_sandbox.simulator.world"

PLACES = {
    "due jobs": f"{WORLD}.world.scheduler.run_due",
    "the rule's input": f"{REQUEST}.pipeline.check_roles",
    "attribution of the answer": f"{REQUEST}.journalling.customer_of_response",
    "attribution of the request": f"{REQUEST}.journalling.customer_of_request",
    "the journal's path": f"{REQUEST}.journalling.shown_path",
    "the journal's record": f"{REQUEST}.journalling.journal_fields",
    "rendering": f"{REQUEST}.rendering.appearance_of",
    "rate headers": f"{REQUEST}.responses.http_date",
    "recording": f"{WORLD}.recording.CallRecording.keep",
}


@pytest.fixture
def client(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    """A world whose journal may end with faults, and whose calls are recorded."""
    with opened(shared_api, WorldSpec(name=request.node.nodeid)) as opened_client:
        opened_client.world.record()
        yield opened_client


def plant(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Have a function raise whatever it is asked; its message holds a value."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(place, broken)


def send(client: WorldClient, method: str, path: str, body: bytes = b"") -> Reply:
    return client.api.handle(
        Request(method=method, path=path, headers={"authorization": f"Bearer {client.key}"}, body=body)
    )


def only_entry(client: WorldClient) -> JournalEntry:
    (entry,) = client.world.journal.entries
    return entry


def assert_apologises(reply: Reply) -> None:
    assert (reply.status, reply.effect) == (500, None)
    assert dict(reply.headers)["content-type"] == "application/json"
    (error,) = orjson.loads(reply.body)["errors"]
    assert (error["code"], error["message"]) == ("internal_error", SORRY)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_what_fails_anywhere_is_a_500_and_one_line_of_the_journal(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    """Nobody who calls the API ever meets an exception, and whoever looks for the cause finds its place."""
    customer = client.post(CUSTOMERS, {"name": "Ann"}).data["id"]
    client.world.journal.clear()
    with monkeypatch.context() as patched, caplog.at_level(logging.DEBUG):
        plant(patched, place)
        path = f"{CUSTOMERS}/{'f' * 24 if 'customer_of_request' in place else customer}"
        reply = send(client, "GET", path)
    entry = only_entry(client)
    assert_apologises(reply)
    assert (entry.method, entry.operation, entry.status, entry.key) == ("GET", "GetCustomerById", 500, "key-1")
    assert entry.fault.startswith("ZeroDivisionError at ")
    assert entry.path in (path, f"{CUSTOMERS}/{{id}}")
    assert SECRET not in caplog.text + str(client.world.journal.since(0, 10)) + str(reply)
    assert client.get(f"{CUSTOMERS}/{customer}").status == 200


def test_a_line_made_without_the_part_that_failed_still_tells_what_was_decided(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which operation and which steps are known already; only what failed is missing."""
    with monkeypatch.context() as patched:
        plant(patched, PLACES["the journal's path"])
        send(client, "POST", CUSTOMERS, b'{"name": "Ann"}')
    entry = only_entry(client)
    assert (entry.path, entry.operation, entry.customer, entry.record) == (CUSTOMERS, "CreateCustomer", "", "")
    assert [step for step, *_ in entry.trace] == ["role", "budget", "rule"]


@pytest.mark.parametrize("place", ["the journal's path", "rate headers", "attribution of the answer"])
def test_a_recording_holds_what_went_out_even_if_something_failed(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Else it could not be played again."""
    with monkeypatch.context() as patched:
        plant(patched, PLACES[place])
        reply = send(client, "GET", CUSTOMERS)
    assert client.world.recording is not None
    assert [call.reply for call in client.world.recording.calls] == [reply]


@pytest.mark.parametrize(
    ("place", "fault"),
    [("apply_to_response", ContentType()), ("error_for", Status(status=503)), ("kind_of", Status(status=503))],
)
def test_a_fault_whose_effect_fails_is_a_500(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch, place: str, fault: Fault
) -> None:
    """An armed fault is the sandbox's own doing: it never reaches the caller as an exception."""
    client.world.faults.arm(FaultMatch(), fault)
    with monkeypatch.context() as patched:
        plant(patched, f"{REQUEST}.fault_effects.{place}")
        assert_apologises(send(client, "GET", CUSTOMERS))
    assert (only_entry(client).status, only_entry(client).operation) == (500, "GetCustomers")


def test_a_call_whose_customer_cannot_be_told_before_it_is_made_is_a_500(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault armed for a customer asks whom each call is about."""
    client.world.faults.arm(FaultMatch(customer="f" * 24), Latency(duration=timedelta(seconds=1)))
    with monkeypatch.context() as patched:
        plant(patched, f"{REQUEST}.gate.customer_of_request")
        assert_apologises(send(client, "GET", CUSTOMERS))
    assert only_entry(client).fault.startswith("ZeroDivisionError at ")


@pytest.mark.parametrize(("path", "status"), [(f"{CUSTOMERS}/{'f' * 24}", 404), ("/v1/no-such-path", 404)])
def test_a_refusal_that_cannot_be_written_is_a_500(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    """The words for what nobody foresaw are ready-made: they are not written when they are needed."""
    with monkeypatch.context() as patched:
        plant(patched, f"{REQUEST}.error_entries.refusal_document")
        assert_apologises(send(client, "GET", path))
    assert (only_entry(client).status, send(client, "GET", path).status) == (500, status)


def test_a_500_is_told_in_the_words_of_its_world(client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was made: a client parses it with the code for every other refusal."""
    client.world.errors = "recorded"
    with monkeypatch.context() as patched:
        plant(patched, PLACES["rate headers"])
        reply = send(client, "GET", CUSTOMERS)
    (error,) = orjson.loads(reply.body)["errors"]
    assert (reply.status, error) == (
        500,
        {
            "status": 500,
            "source": {},
            "code": "internalerror",
            "title": "Internal Server Error",
            "detail": SORRY,
            "message": SORRY,
            "meta": {},
        },
    )


@pytest.mark.parametrize("place", [f"{REQUEST}.gate.RoutingTable.match", f"{REQUEST}.gate.digest"])
def test_what_fails_before_the_key_is_known_is_a_500_too(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    """There is no world yet whose journal could have a line; the log has one."""
    with monkeypatch.context() as patched:
        plant(patched, place)
        assert_apologises(send(client, "GET", CUSTOMERS))
    assert "ZeroDivisionError at " in caplog.text
    assert client.world.journal.entries == []


def test_a_journal_that_takes_no_entry_is_a_500(client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the last step there is raises nothing."""
    with monkeypatch.context() as patched:
        plant(patched, f"{WORLD}.journal.Journal.keep")
        assert_apologises(send(client, "GET", CUSTOMERS))
