"""The gate: who is let in, what every reply carries, and that no fault tells more than where it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.changes import create
from kustomer_sandbox.simulator.operations.registry import Rule
from kustomer_sandbox.simulator.operations.system import SYSTEM, system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.world.world import JobHandler, World
from tests.world_client import WorldClient, opened

CUSTOMERS = "/v1/customers"
UNKNOWN = "0123456789abcdef01234567"
SECRET = "jane.doe@example.com"
NAIVE = datetime(2026, 6, 9, 12, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def faulty(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    """A world whose journal may end with faults."""
    with opened(shared_api, WorldSpec(name=request.node.nodeid)) as client:
        yield client


def send(api: Api, headers: Mapping[str, str], *, method: str = "GET", path: str = CUSTOMERS) -> Reply:
    return api.handle(Request(method=method, path=path, headers=headers))


def path_of(operation: Operation) -> str:
    """A path of the operation; where an id and a name stand in the same place, each in its form."""
    values = {p.name: "order" if p.name == "name" else UNKNOWN for p in operation.parameters if p.place == "path"}
    return operation.path.format(**values)


def with_rule(api: Api, operation: str, rule: Rule) -> Api:
    """The same simulator with another rule for one operation."""
    pipeline = replace(api.gate.pipeline, rules={**api.gate.pipeline.rules, operation: rule})
    return replace(api, gate=replace(api.gate, pipeline=pipeline))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Send the API key as `Authorization: Bearer <key>`."),
        ("", "Send the API key as `Authorization: Bearer <key>`."),
        ("Bearer", "Send the API key as `Authorization: Bearer <key>`."),
        ("Basic abc", "The authorization scheme must be Bearer."),
        ("Bearer  ", "This API key is not known."),
        ("Bearer no-such-key", "This API key is not known."),
        ("Bearer \ud800", "This API key is not known."),
    ],
)
def test_a_call_without_a_known_key_is_told_what_to_send(shared_api: Api, header: str | None, message: str) -> None:
    """Nobody gets further than the gate, and the key is not repeated."""
    reply = send(shared_api, {} if header is None else {"authorization": header})
    assert reply.status == 401
    assert reply.headers == (("content-type", "application/json"),)
    (error,) = orjson.loads(reply.body)["errors"]
    assert (error["code"], error["message"]) == ("unauthorized", message)


def test_a_401_is_told_in_the_words_of_the_errors_page(shared_api: Api, contracts: Contracts) -> None:
    """Without a key no world is known whose choice could hold; the entry is the same wherever one is needed."""
    for operation in contracts.operations.values():
        if operation.keyless is not None:
            continue
        reply = send(shared_api, {}, method=operation.method, path=path_of(operation))
        (error,) = orjson.loads(reply.body)["errors"]
        assert (reply.status, error["code"], error["status"]) == (401, "unauthorized", 401)
        assert error["source"] == {"parameter": "Authorization", "parameters": "Authorization"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("empty.api.kustomerapp.com", 200),
        ("EMPTY.API.kustomerapp.com:443", 200),
        ("api.kustomerapp.com", 200),
        ("127.0.0.1:8700", 200),
        ("", 200),
        ("other.api.kustomerapp.com", 401),
        ("OTHER.api.kustomerapp.com:443", 401),
    ],
)
def test_the_host_must_name_the_organisation_of_the_key(world_client: WorldClient, host: str, status: int) -> None:
    """A key of one organisation opens nothing on another's host; any other host name is just an address."""
    reply = send(world_client.api, {"authorization": f"Bearer {world_client.key}", "host": host})
    assert reply.status == status


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(world_client: WorldClient, scheme: str) -> None:
    """RFC 9110 compares schemes without case; spaces around the key are no part of it."""
    assert send(world_client.api, {"authorization": f"{scheme}  {world_client.key} "}).status == 200


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "DELETE", "TRACE", "get"])
def test_another_method_is_refused_with_those_there_are(world_client: WorldClient, method: str) -> None:
    """HEAD and OPTIONS are no operations of the API either: 405 names the ones that are."""
    answer = world_client.call(method, CUSTOMERS)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    assert (answer.error["code"], answer.error["message"]) == ("method_not_allowed", "This path takes GET, POST.")


def test_a_key_is_asked_for_before_a_path_or_method_is_judged(shared_api: Api) -> None:
    """Without a key nobody learns which paths there are."""
    replies = [send(shared_api, {}, path="/v1/no-such-thing"), send(shared_api, {}, method="PATCH")]
    assert [reply.status for reply in replies] == [401, 401]


def raises(call: Call) -> Outcome:
    """A rule with a fault whose message holds a value, after it has changed something."""
    create(call, new_record(call, "customer", {"name": SECRET}))
    raise ZeroDivisionError(SECRET)


def test_an_unexpected_fault_tells_its_place_and_no_value(
    faulty: WorldClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller gets no internals; whoever looks for the fault finds it in journal and log, without values."""
    broken = replace(faulty, api=with_rule(faulty.api, "CreateCustomer", raises))
    with caplog.at_level(logging.DEBUG):
        answer = broken.call("POST", CUSTOMERS, {"name": "Somebody"})
    words = "Something went wrong in the sandbox; see its journal."
    assert (answer.status, answer.error["code"], answer.error["message"]) == (500, "internal_error", words)
    (fault,) = faulty.faults()
    assert fault.startswith("ZeroDivisionError at raises:")
    assert fault in caplog.text
    assert "CreateCustomer" in {entry.operation for entry in faulty.world.journal.entries}
    assert SECRET not in caplog.text + str(faulty.world.journal.since(0, 10)) + str(answer)


def test_an_unexpected_fault_changes_nothing(faulty: WorldClient) -> None:
    """What the rule did before it failed is undone, and the next call is served."""
    broken = replace(faulty, api=with_rule(faulty.api, "CreateCustomer", raises))
    assert broken.call("POST", CUSTOMERS, {"name": "Somebody"}).status == 500
    answer = faulty.get(CUSTOMERS)
    assert (answer.status, answer.data) == (200, [])


def test_a_get_whose_rule_writes_is_a_fault_and_writes_nothing(faulty: WorldClient) -> None:
    """Reading has no transaction that would undo a write, so there is none."""
    broken = replace(faulty, api=with_rule(faulty.api, "GetCustomers", raises))
    assert broken.get(CUSTOMERS).status == 500
    (fault,) = faulty.faults()
    assert fault.startswith("WroteWhileReading at")
    assert faulty.get(CUSTOMERS).data == []


def planned(world: World, kind: str, handler: JobHandler, *, seconds: float = 5) -> None:
    """Have `handler` fire in the world after so many seconds."""
    world.jobs = {**world.jobs, kind: handler}
    world.schedule(kind, kind, iso(world.clock.now() + timedelta(seconds=seconds)))


def test_a_due_event_that_fails_hurts_no_caller(faulty: WorldClient, caplog: pytest.LogCaptureFixture) -> None:
    """It is undone, journalled without values, and dropped; the call that met it and later events go on."""
    fired: list[str] = []

    def boom(world: World, _: datetime, __: str) -> None:
        world.records.insert(new_record(system_context(world), "customer", {"name": SECRET}))
        raise ZeroDivisionError(SECRET)

    planned(faulty.world, "boom", boom)
    planned(faulty.world, "later", lambda _, __, ref: fired.append(ref), seconds=6)
    faulty.world.clock.move_to(faulty.world.clock.now() + timedelta(seconds=6))
    first, second = faulty.get(CUSTOMERS), faulty.get(CUSTOMERS)
    assert [(answer.status, answer.data) for answer in (first, second)] == [(200, []), (200, [])]
    entry = faulty.world.journal.entries[0]
    assert (entry.method, entry.path, entry.status, entry.key) == ("DUE", "boom", 500, SYSTEM.key_id)
    assert entry.fault.startswith("ZeroDivisionError at ")
    assert (len(faulty.faults()), fired) == (1, ["later"])
    assert SECRET not in caplog.text + str(faulty.world.journal.since(0, 10))


def test_a_due_event_of_no_known_kind_hurts_no_caller(faulty: WorldClient) -> None:
    """A scenario may have planned what no module fires any more."""
    faulty.world.schedule("nothing-fires-this", UNKNOWN, iso(faulty.world.clock.now()))
    assert [faulty.get(CUSTOMERS).status, len(faulty.faults())] == [200, 1]


def test_every_reply_tells_the_worlds_time(world_client: WorldClient) -> None:
    """Clients that reckon with the date of a reply see the world's time, not the machine's."""
    world_client.advance(61.5)
    assert world_client.get(CUSTOMERS).headers["date"] == "Tue, 09 Jun 2026 12:01:01 GMT"


@pytest.mark.parametrize("start", [datetime(2026, 6, 9, 14, tzinfo=timezone(timedelta(hours=2))), NAIVE])
def test_a_world_may_start_at_an_instant_of_any_zone(shared_api: Api, start: datetime) -> None:
    """Time is kept in UTC, whatever zone a plan is written in; without one it is meant in UTC."""
    with opened(shared_api, WorldSpec(name="zoned", start=start)) as client:
        assert client.get(CUSTOMERS).headers["date"] == "Tue, 09 Jun 2026 12:00:00 GMT"
        assert client.world.clock.now() == datetime(2026, 6, 9, 12, tzinfo=UTC)


def test_the_reset_is_told_only_once_nothing_is_left(shared_api: Api) -> None:
    """With budget left there is nothing to wait for; the reset is the first whole second that has budget again."""
    with opened(shared_api, WorldSpec(name="spent", plan="professional")) as client:
        client.advance(0.25)
        answers = [client.get(CUSTOMERS) for _ in range(301)]
        assert [int(answer.headers["x-ratelimit-remaining"]) for answer in answers] == [*range(299, -1, -1), 0]
        assert [answer.status for answer in answers[-2:]] == [200, 429]
        assert "x-ratelimit-reset" not in answers[-3].headers
        start = client.world.clock.now().timestamp()
        assert [answer.headers["x-ratelimit-reset"] for answer in answers[-2:]] == [str(int(start) + 61)] * 2


def test_a_smaller_plan_leaves_nothing_rather_than_less(world_client: WorldClient) -> None:
    """`remaining` is a count; a plan that shrinks inside a minute must not make it negative."""
    for _ in range(310):
        world_client.get(CUSTOMERS)
    world_client.world.configure(plan="professional", masking="stars")
    headers = world_client.get(CUSTOMERS).headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("300", "0")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"{CUSTOMERS}/email=jane.doe%40example.com", f"{CUSTOMERS}/email=***"),
        (f"{CUSTOMERS}/{UNKNOWN}", f"{CUSTOMERS}/{UNKNOWN}"),
        (f"{CUSTOMERS}/15555550100", f"{CUSTOMERS}/***"),
        (f"{CUSTOMERS}/janedoe", f"{CUSTOMERS}/***"),
        (f"{CUSTOMERS}/{UNKNOWN},{UNKNOWN}", f"{CUSTOMERS}/{UNKNOWN},{UNKNOWN}"),
        ("/v1/janedoe", "/v1/***"),
        ("/v9/customers/", "/***/customers"),
        ("/customers/15555550100/messages/x", "/customers/***/messages/***"),
        ("/v1/companies", "/v1/companies"),
        ("/v1/tags/x/email=jane.doe@example.com", "/v1/tags/***/email=***"),
        ("/v1/teams/janedoe=x", "/v1/teams/***"),
        ("/v1/janedoe/CUSTOMERS/%63ustomers", "/v1/***/***/***"),
        ("/", "/***"),
        ("/v1" * 30, f"/{'v1/' * 12}…"),
    ],
)
def test_the_journal_shows_of_a_path_only_ids_and_words_of_the_api(
    world_client: WorldClient, path: str, shown: str
) -> None:
    """A phone number or a name may stand where an id belongs, or anywhere in a path that leads nowhere."""
    world_client.get(path)
    (entry,) = world_client.world.journal.entries
    assert entry.path == shown


def test_a_missing_role_is_told_without_values_of_the_path(world_client: WorldClient, contracts: Contracts) -> None:
    """Roles may be filled from the path; a refusal names them as the contract does."""
    for operation in contracts.operations.values():
        if any("{name}" in role for role in operation.roles):
            path = operation.path.replace("{name}", "janedoe").replace("{id}", UNKNOWN)
            answer = world_client.call(operation.method, path, key=world_client.new_key("org.user.note.read"))
            assert (answer.status, "janedoe" in str(answer.json)) == (403, False)


@pytest.mark.parametrize("size", [100_001, 999_999])
def test_a_body_over_the_limit_is_refused_in_its_turn(world_client: WorldClient, size: int) -> None:
    """413 comes after key, path and role: a large body tells a stranger nothing."""
    body = b'"' + b"x" * (size - 2) + b'"'
    assert world_client.call("POST", CUSTOMERS, raw=body).status == 413
    assert world_client.call("POST", CUSTOMERS, raw=body, key="").status == 401
    assert world_client.call("POST", CUSTOMERS, raw=body, key=world_client.new_key("org.user.note.read")).status == 403


def test_a_body_of_exactly_the_limit_is_read(world_client: WorldClient, contracts: Contracts) -> None:
    """The published limit itself is allowed."""
    body = b'{"name": "A"}'.ljust(contracts.limits.body_bytes)
    assert world_client.call("POST", CUSTOMERS, raw=body).status == 201


def test_a_body_on_a_read_is_ignored(world_client: WorldClient) -> None:
    """Some clients send `{}` or worse with every GET."""
    assert world_client.call("GET", CUSTOMERS, raw=b"\xff not json").status == 200


def test_keys_of_two_worlds_do_not_mix(world_client: WorldClient) -> None:
    """The key decides whose records are read."""
    world_client.post(CUSTOMERS, {"name": "A"})
    with opened(world_client.api, WorldSpec(name="another")) as other:
        assert (len(world_client.get(CUSTOMERS).data), len(other.get(CUSTOMERS).data)) == (1, 0)
        key, _ = issue_key(other.api.worlds, other.world)
    assert world_client.call("GET", CUSTOMERS, key=key).status == 401


def test_what_cannot_be_shown_has_not_happened(world_client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that gets a 500 may try again: nothing must be there twice."""

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("kustomer_sandbox.simulator.request.envelope.single_document", broken)
        assert world_client.post("/v1/customers", {"name": "Ann"}).status == 500
    assert world_client.get("/v1/customers").json["meta"]["total"] == 0
    world_client.world.journal.clear()
