"""Faults: armed for exactly so many matching calls, one per call, and nothing of them left behind."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import Cut, Drop, Hang, Hold, Reply, Request
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.faults import (
    ConnectionReset,
    ContentType,
    Crash,
    CutBody,
    Fault,
    FaultMatch,
    Latency,
    LostAnswer,
    RateLimited,
    Status,
    Timeout,
)
from kustomer_sandbox.simulator.world.journal import Step
from tests.world_client import WorldClient, opened

CUSTOMERS = "/v1/customers"
DOWN = Status(status=503)


def send(client: WorldClient, method: str = "GET", path: str = CUSTOMERS, body: JSON = None, tool: str = "") -> Reply:
    """A call whose reply is seen with its effect."""
    headers = {"authorization": f"Bearer {client.key}", **({"x-mcp-tool": tool} if tool else {})}
    sent = b"" if body is None else orjson.dumps(body)
    return client.api.handle(Request(method=method, path=path, headers=headers, body=sent))


def trace(client: WorldClient) -> tuple[Step, ...]:
    return client.world.journal.entries[-1].trace


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 8))
def test_a_fault_fires_for_exactly_the_calls_it_was_armed_for(
    shared_api: Api, nth: int, times: int, calls: int
) -> None:
    """Never by chance, never too early, never once more: a test can count on it."""
    with opened(shared_api, WorldSpec(name="counted")) as client:
        client.world.faults.arm(FaultMatch(), DOWN, nth=nth, times=times)
        statuses = [client.get(CUSTOMERS).status for _ in range(calls)]
        assert statuses == ([200] * (nth - 1) + [503] * times + [200] * calls)[:calls]
        left = times - statuses.count(503)
        assert [(armed.left, armed.seen) for armed in client.world.faults.armed()] == [(left, calls)] * bool(left)


def test_a_call_meets_the_fault_that_was_armed_first(world_client: WorldClient) -> None:
    """One fault per call, in order: faults can be queued up like answers."""
    for status in (500, 502):
        world_client.world.faults.arm(FaultMatch(), Status(status=status))
    assert [world_client.get(CUSTOMERS).status for _ in range(3)] == [500, 502, 200]


def test_a_call_that_met_another_fault_is_counted(world_client: WorldClient) -> None:
    """The second call is the second one, whatever became of the first."""
    for nth, status in ((1, 500), (2, 502)):
        world_client.world.faults.arm(FaultMatch(), Status(status=status), nth=nth)
    assert [world_client.get(CUSTOMERS).status for _ in range(3)] == [500, 502, 200]


@pytest.fixture
def jane(world_client: WorldClient) -> dict[str, str]:
    """A customer with a conversation, and another customer."""
    customer = world_client.post(CUSTOMERS, {"name": "A", "emails": [{"email": "jane@example.com"}]}).data["id"]
    conversation = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
    other = world_client.post(CUSTOMERS, {"name": "B"}).data["id"]
    return {"customer": customer, "conversation": conversation, "other": other}


@pytest.mark.parametrize(
    ("match", "hits"),
    [
        (FaultMatch(operation="GetCustomerById"), ["GET /v1/customers/{customer}", "GET /v1/customers/{other}"]),
        (FaultMatch(method="POST"), ["POST /v1/conversations"]),
        (FaultMatch(method="post"), ["POST /v1/conversations"]),
        (FaultMatch(path="/v1/customers/{id}"), ["GET /v1/customers/{customer}", "GET /v1/customers/{other}"]),
        (FaultMatch(path="/v1/conversations*"), ["GET /v1/conversations/{conversation}", "POST /v1/conversations"]),
        (FaultMatch(path="/v1/customers"), ["GET /v1/customers"]),
        (FaultMatch(path="/v1/nothing"), ["GET /v1/nothing"]),
        (FaultMatch(tool="list_all_kustomer_teams"), []),
        (FaultMatch(operation="GetCustomerById", method="POST"), []),
    ],
)
def test_only_the_calls_that_match_meet_the_fault(
    world_client: WorldClient, jane: dict[str, str], match: FaultMatch, hits: list[str]
) -> None:
    """All that a match gives must hold; the others are served."""
    calls = [
        "GET /v1/customers",
        "GET /v1/customers/{customer}",
        "GET /v1/customers/{other}",
        "GET /v1/conversations/{conversation}",
        "POST /v1/conversations",
        "GET /v1/nothing",
    ]
    world_client.world.faults.arm(match, Status(status=599), times=99)
    met = []
    for call in calls:
        method, path = call.format(**jane).split()
        body = {"customer": jane["customer"]} if method == "POST" else None
        met += [call] if world_client.call(method, path, body).status == 599 else []
    assert met == hits


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/customers/{customer}", None),
        ("GET", "/v1/customers/{customer}/conversations", None),
        ("GET", "/v1/customers/email=jane%40example.com", None),
        ("GET", "/v1/conversations/{conversation}", None),
        ("GET", "/v1/conversations/{conversation}/messages", None),
        ("POST", "/v1/conversations", {"customer": "{customer}"}),
    ],
)
def test_a_fault_finds_the_calls_that_concern_a_customer(
    world_client: WorldClient, jane: dict[str, str], method: str, path: str, body: dict[str, str] | None
) -> None:
    """The customer stands in the path or body, or owns the record the path names; another one's calls pass."""
    sent = None if body is None else {key: value.format(**jane) for key, value in body.items()}
    for customer, status in ((jane["customer"], 503), (jane["other"], None)):
        id = world_client.world.faults.arm(FaultMatch(customer=customer), DOWN)
        answer = world_client.call(method, path.format(**jane), sent)
        assert (answer.status == 503) == (status == 503)
        world_client.world.faults.disarm(id)


def test_a_fault_finds_the_calls_of_a_tool(world_client: WorldClient) -> None:
    """The tool server says in a header which tool a call is for."""
    world_client.world.faults.arm(FaultMatch(tool="list_all_kustomer_customers"), DOWN)
    statuses = [send(world_client, tool=tool).status for tool in ("another", "list_all_kustomer_customers", "")]
    assert statuses == [200, 503, 200]


def test_a_call_without_a_known_key_meets_no_fault(world_client: WorldClient) -> None:
    """Nobody knows whose world it would be."""
    world_client.world.faults.arm(FaultMatch(), DOWN)
    assert [world_client.get(CUSTOMERS, key="unknown").status, world_client.get(CUSTOMERS).status] == [401, 503]


def test_a_fault_belongs_to_one_world(world_client: WorldClient) -> None:
    """Tests that run at the same time do not hurt each other; forks start whole."""
    world_client.world.faults.arm(FaultMatch(), DOWN, times=9)
    with opened(world_client.api, WorldSpec(name="bystander")) as other:
        assert other.get(CUSTOMERS).status == 200
    assert world_client.world.fork("fork").faults.armed() == []


def test_what_could_never_fire_is_refused(world_client: WorldClient) -> None:
    """A typing error in an operation would otherwise make a test pass for nothing."""
    for match in (FaultMatch(operation="GetCustomer"), FaultMatch(method="GETS"), FaultMatch(tool="list_teams")):
        with pytest.raises(ValueError, match=r"There is no (operation|method|tool) of this name; did you mean"):
            world_client.world.faults.arm(match, DOWN)
    with pytest.raises(ValueError, match="at least one call"):
        world_client.world.faults.arm(FaultMatch(), DOWN, times=0)
    with pytest.raises(ValueError, match="not before the first"):
        world_client.world.faults.arm(FaultMatch(), DOWN, nth=0)
    assert world_client.world.faults.armed() == []


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("page", 404, "not_found"),
        ("recorded", 404, "notfound"),
        ("page", 503, "service_unavailable"),
        ("recorded", 503, "serviceunavailable"),
    ],
)
def test_an_armed_refusal_looks_like_a_real_one(
    world_client: WorldClient, words: ErrorVocabulary, status: int, code: str
) -> None:
    """A client cannot tell it from one that a rule gave; a code of the test's own stays as it is."""
    world_client.world.errors = words
    world_client.world.faults.arm(FaultMatch(), Status(status=status, message="Not today."))
    error = world_client.get(CUSTOMERS).error
    assert (error["status"], error["code"], error["detail"]) == (status, code, "Not today.")
    world_client.world.faults.arm(FaultMatch(), Status(status=status, code="no_luck"))
    assert world_client.get(CUSTOMERS).error["code"] == "no_luck"


@pytest.mark.parametrize("fault", [DOWN, RateLimited(), ConnectionReset(), Timeout()])
def test_a_fault_in_front_of_the_api_changes_nothing(world_client: WorldClient, fault: Fault) -> None:
    """The call is not made: nothing is stored and no budget is drawn on."""
    world_client.world.faults.arm(FaultMatch(), fault)
    before = world_client.world.store.counters(now=world_client.world.clock.now().timestamp())
    reply = send(world_client, "POST", body={"name": "A"})
    assert (reply.status in (503, 429, 0), world_client.world.records.count("customer")) == (True, 0)
    assert world_client.world.store.counters(now=world_client.world.clock.now().timestamp()) == before


def test_a_rate_limit_says_when_there_is_budget_again(world_client: WorldClient) -> None:
    """As a real 429: nothing remains, and the reset is the chosen number of seconds away."""
    world_client.world.faults.arm(FaultMatch(), RateLimited(reset=7))
    answer = world_client.get(CUSTOMERS)
    reset = str(int(world_client.world.clock.now().timestamp()) + 7)
    headers = {name: value for name, value in answer.headers.items() if name.startswith("x-ratelimit")}
    assert headers == {"x-ratelimit-limit": "2000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    assert (answer.status, answer.errors[0]["code"]) == (429, "too_many_requests")
    assert world_client.get(CUSTOMERS).headers["x-ratelimit-remaining"] == "1999"


def test_slowness_on_the_worlds_clock_moves_it_on_before_the_call(world_client: WorldClient) -> None:
    """What falls due meanwhile has happened when the call is made; nobody waits."""
    customer = world_client.post(CUSTOMERS, {"name": "A"}).data["id"]
    fired: list[str] = []
    world_client.world.jobs = {"note": lambda _, at, __: fired.append(at.isoformat())}
    world_client.world.schedule("note", customer, "2026-06-09T12:00:59.000Z")
    world_client.world.faults.arm(FaultMatch(), Latency(duration=timedelta(seconds=60)))
    reply = send(world_client)
    assert (reply.status, reply.effect, fired) == (200, None, ["2026-06-09T12:00:59+00:00"])
    assert dict(reply.headers)["date"] == "Tue, 09 Jun 2026 12:01:00 GMT"


@pytest.mark.parametrize(
    ("fault", "effect", "status", "made"),
    [
        (Latency(duration=timedelta(seconds=2), clock="real"), Hold(seconds=2), 201, 1),
        (Timeout(), Hang(), 0, 0),
        (Timeout(applied=True), Hang(), 201, 1),
        (ConnectionReset(), Drop(reset=True), 0, 0),
        (CutBody(after=10), Cut(after=10), 201, 1),
        (LostAnswer(), Drop(), 201, 1),
        (Crash(at="before_rule"), Drop(), 0, 0),
        (Crash(at="before_commit"), Drop(), 0, 0),
        (Crash(at="after_rule"), Drop(), 0, 1),
    ],
    ids=repr,
)
def test_a_fault_of_the_wire_says_what_becomes_of_reply_and_change(
    world_client: WorldClient, fault: Fault, effect: object, status: int, made: int
) -> None:
    """Whether the change was made is what a client that repeats itself has to find out."""
    world_client.world.faults.arm(FaultMatch(), fault)
    reply = send(world_client, "POST", body={"name": "A"})
    assert (reply.status, reply.effect) == (status, effect)
    assert (world_client.world.records.count("customer"), world_client.get(CUSTOMERS).status) == (made, 200)


def test_a_crash_before_the_commit_undoes_what_the_rule_did(world_client: WorldClient) -> None:
    """The rule ran to its end, with ids given out; nothing of it is left but the next call works."""
    world_client.world.faults.arm(FaultMatch(), Crash(at="before_commit"))
    counter = world_client.world.ids.counter
    send(world_client, "POST", body={"name": "A", "tags": ["vip"]})
    assert (world_client.world.records.count("tag"), world_client.world.ids.counter > counter) == (0, True)
    assert world_client.post(CUSTOMERS, {"name": "A"}).status == 201


def test_a_crash_after_the_commit_has_spent_the_budget(world_client: WorldClient) -> None:
    """What was done counts, though nobody was told; what was undone does not."""
    customer = world_client.post(CUSTOMERS, {"name": "A"}).data["id"]
    for point in ("before_commit", "after_rule"):
        world_client.world.faults.arm(FaultMatch(), Crash(at=point))
        send(world_client, "PUT", f"{CUSTOMERS}/{customer}", {"name": "B"})
    uses = world_client.world.budgets.in_use(world_client.world.clock.now())
    assert [(use.name, use.taken.used) for use in uses if use.object == customer] == [("record_updates", 1)]


def test_something_in_between_may_answer_in_its_own_words(world_client: WorldClient) -> None:
    """A proxy's page instead of JSON, after the call was made."""
    page = ContentType(content_type="text/html; charset=utf-8", body="<h1>Bad gateway</h1>", status=502)
    world_client.world.faults.arm(FaultMatch(), page)
    reply = send(world_client, "POST", body={"name": "A"})
    assert (reply.status, reply.body) == (502, b"<h1>Bad gateway</h1>")
    assert [value for name, value in reply.headers if name == "content-type"] == ["text/html; charset=utf-8"]
    assert world_client.world.records.count("customer") == 1


def test_something_in_between_may_keep_the_call_to_itself(world_client: WorldClient) -> None:
    """A page for a login or for maintenance, with a status as if all were well: nothing was made."""
    world_client.world.faults.arm(FaultMatch(), ContentType(applied=False))
    reply = send(world_client, "POST", body={"name": "A"})
    assert (reply.status, reply.body.startswith(b"<html>")) == (200, True)
    assert world_client.world.records.count("customer") == 0


def test_the_journal_tells_which_fault_fired(world_client: WorldClient) -> None:
    """Who wonders about an answer finds the fault that made it."""
    id = world_client.world.faults.arm(FaultMatch(), DOWN)
    world_client.get(CUSTOMERS)
    names = ("fault", "id")
    assert trace(world_client)[0] == ("fault", "fired", names, ("status", id))
    assert trace(world_client)[1][:2] == ("fault", "refused")
    crash = world_client.world.faults.arm(FaultMatch(), Crash(at="before_rule"))
    world_client.get(CUSTOMERS)
    assert trace(world_client)[0] == ("fault", "fired", names, ("crash", crash))
    assert trace(world_client)[-1] == ("crash", "before_rule", (), ())


@pytest.mark.parametrize("fault", [DOWN, RateLimited(reset=5), Timeout(), ConnectionReset()])
def test_a_call_that_met_a_fault_is_found_by_what_it_was_about(
    world_client: WorldClient, jane: dict[str, str], fault: Fault
) -> None:
    """How often a client tried again is asked for by operation or customer, also of tries that were never made."""
    world_client.world.faults.arm(FaultMatch(operation="GetCustomerById"), fault, times=2)
    for id in ("customer", "other", "customer"):
        send(world_client, "GET", f"{CUSTOMERS}/{jane[id]}")
    send(world_client, "GET", "/v1/nothing")
    journal = world_client.world.journal
    assert journal.count(operation="GetCustomerById") == 3
    assert journal.count(operation="GetCustomerById", customer=jane["customer"]) == 2
    assert [entry.operation for entry in journal.find(path="/v1/***")] == [""]


def test_a_reset_disarms_what_is_left(world_client: WorldClient) -> None:
    """A world as it was made has no faults."""
    world_client.world.faults.arm(FaultMatch(), DOWN, times=9)
    world_client.api.worlds.reset(world_client.world)
    assert (world_client.world.faults.armed(), world_client.get(CUSTOMERS).status) == ([], 200)
