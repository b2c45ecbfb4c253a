"""Who draws on which budget, in which order budgets refuse, when the reset is told, and what a 429 explains."""

from __future__ import annotations

from math import ceil

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.world import views
from kustomer_sandbox.simulator.world.spending.filling import Fillings
from tests.world_client import Answer, WorldClient, opened

CUSTOMERS, SEARCH = "/v1/customers", "/v1/customers/search"
QUERY = {"queryContext": "customer"}
RESET = "x-ratelimit-reset"


def person(client: WorldClient) -> str:
    """The key of somebody who works with Kustomer."""
    return issue_key(client.api.worlds, client.world, user_type="user")[0]


def budget_of(answer: Answer) -> str:
    """The budget that refused a call; empty if none did."""
    return str(answer.error["meta"]["budget"]) if answer.status == 429 else ""


def test_a_person_searches_without_a_limit(shared_api: Api) -> None:
    """The limit of searches is the API keys'."""
    with opened(shared_api, WorldSpec(name="searching", limits={"search": 2})) as client:
        key = person(client)
        assert [budget_of(client.post(SEARCH, QUERY)) for _ in range(3)] == ["", "", "search"]
        assert [budget_of(client.post(SEARCH, QUERY, key=key)) for _ in range(3)] == [""] * 3


def test_a_person_has_a_minute_besides_the_organisations(shared_api: Api) -> None:
    """Each has one; what they ask for counts for the organisation, too, and an API key has no such budget."""
    with opened(shared_api, WorldSpec(name="people", limits={"users": 2, "org": 8})) as client:
        first, second = person(client), person(client)
        assert [budget_of(client.get(CUSTOMERS, key=first)) for _ in range(3)] == ["", "", "users"]
        assert [budget_of(client.get(CUSTOMERS, key=second)) for _ in range(2)] == ["", ""]
        assert [budget_of(client.get(CUSTOMERS)) for _ in range(4)] == ["", "", "", "org"]
        client.advance(60)
        assert budget_of(client.get(CUSTOMERS, key=first)) == ""


@pytest.mark.parametrize(
    ("budget", "target", "counter"),
    [
        ("org", None, "org"), ("users", None, "users:{}:all"), ("whatsapp_outbound", None, "whatsapp_outbound:{}:all"),
        ("record_updates", "5a", "record_updates:{}:5a"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("leave", "used"), [(0, 9), (2, 7), (8, 3)])
def test_what_others_use_up_of_a_budget_is_all_but_what_they_leave(
    shared_api: Api, budget: str, target: str | None, counter: str, *, leave: int, used: int
) -> None:
    """By the counter that the caller's own calls have. The budget's name comes from outside, as a text like any."""
    with opened(shared_api, WorldSpec(name="busy", limits={budget: 9})) as client:
        _, caller = issue_key(client.api.worlds, client.world, user_type="user")
        budgets, now = client.world.budgets, client.world.clock.now()
        for _ in range(3):
            budgets.take(budget, counter.format(caller.user_id), now)
        budgets.use_up(str(budget.encode(), "ascii"), caller, target, now, leave=leave)
        held = dict(client.world.store.counters(now=now.timestamp()))
        assert {name: state.used for name, state in held.items()} == {counter.format(caller.user_id): used}


def test_a_person_has_a_thousand_requests_a_minute(shared_api: Api) -> None:
    """On the largest plan, whose minute is longer."""
    with opened(shared_api, WorldSpec(name="a person", plan="ultimate")) as client:
        key = person(client)
        answers = [client.get("/v1/tags", key=key).status for _ in range(1001)]
    assert (answers.count(200), answers[-1]) == (1000, 429)


def test_a_persons_key_goes_on_as_a_persons_after_a_reset(shared_api: Api) -> None:
    """The user is made anew, and is no machine then."""
    with opened(shared_api, WorldSpec(name="reset person", limits={"users": 1})) as client:
        key = person(client)
        client.api.worlds.reset(client.world)
        assert [budget_of(client.get(CUSTOMERS, key=key)) for _ in range(2)] == ["", "users"]


def test_budgets_refuse_in_their_order_and_a_missing_role_before_them(shared_api: Api) -> None:
    """403, then the organisation's 429, then that of searches or of a person, then those of objects, then 400."""
    limits = {"org": 6, "search": 1, "users": 1, "record_updates": 1}
    with opened(shared_api, WorldSpec(name="order", limits=limits)) as client:
        someone = person(client)
        path = f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': 'A'}).data['id']}"
        client.put(path, {"name": "B"})
        client.post(SEARCH, QUERY)
        assert budget_of(client.post(SEARCH, {"nonsense": 1})) == "search"
        assert budget_of(client.put(path, {"nonsense": 1})) == "record_updates"
        assert client.put(path, {"name": "C"}, key=someone).status == 200
        refused = [client.put(path, {"nonsense": 1}, key=someone), client.post(SEARCH, QUERY), client.put(path, {})]
        assert [budget_of(answer) for answer in refused] == ["org"] * 3
        assert client.call("PUT", path, {}, key=client.new_key("org.user.note.read")).status == 403
        client.advance(60)
        client.put(path, {"name": "D"}, key=someone)
        assert budget_of(client.put(path, {"name": "E"}, key=someone)) == "users"


@pytest.mark.parametrize("late", [0, 0.25])
@pytest.mark.parametrize(("choice", "told"), [("exhausted", [False, False, True, True]), ("always", [True] * 4)])
def test_the_reset_is_told_when_the_world_says(
    shared_api: Api, choice: RateLimitReset, told: list[bool], late: float
) -> None:
    """Whole epoch seconds, the first that has budget again: after the end of the minute that the first call began."""
    spec = WorldSpec(name="reset", limits={"org": 3}, ratelimit_reset=choice)
    with opened(shared_api, spec) as client:
        client.advance(late)
        ends = ceil(client.world.clock.now().timestamp() + 60)
        answers = [client.get(CUSTOMERS)]
        client.advance(20.5)
        answers += [client.get(CUSTOMERS) for _ in range(3)]
    assert [RESET in answer.headers for answer in answers] == told
    assert {answer.headers.get(RESET) for answer in answers} - {None} == {str(ends)}
    assert [answer.status for answer in answers] == [200, 200, 200, 429]


def test_when_the_reset_is_told_stays_with_a_fork_a_reset_and_a_snapshot(shared_api: Api) -> None:
    """As all that decides what an answer is."""
    with opened(shared_api, WorldSpec(name="kept", ratelimit_reset="always")) as client:
        worlds, kept = client.api.worlds, client.world.snapshot()
        fork = worlds.fork(client.world, "kept-fork").ratelimit_reset
        worlds.drop("kept-fork")
        client.world.configure(ratelimit_reset="exhausted")
        client.world.restore(kept)
        restored = client.world.ratelimit_reset
        worlds.reset(client.world)
        assert (fork, restored, client.world.ratelimit_reset) == ("always", "always", "always")


def test_a_429_names_the_calls_that_filled_its_budget(shared_api: Api) -> None:
    """Those of its minute, its record and its client that happened: neither refused ones nor another minute's."""
    with opened(shared_api, WorldSpec(name="filled", limits={"record_updates": 3})) as client:
        path, other = (f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': 'A'}).data['id']}" for _ in range(2))
        client.put(path, {"name": "before"})
        client.advance(60)
        client.put(other, {"name": "another record"})
        client.put(path, {"name": "another client"}, key=client.new_key("org"))
        client.put(path, {"nonsense": 1})
        for body in ({"name": "B"}, {"name": "C"}, {"name": "D"}, {"name": "refused"}):
            client.put(path, body)
        refused = client.world.journal.entries[-1]
        fillings = Fillings(client.world.journal, client.world.contracts.limits)
        (kind,) = fillings.of_refused(refused)
        assert str(kind) == "3 x UpdateCustomer by key-1 (#7 to #9)"
        detail = refused.steps()[-1]["detail"]
        assert (detail["object"], detail["resets_at"]) == (path.rpartition("/")[2], "2026-06-09T12:02:00.000Z")
        assert fillings.told(refused) == f" filled by {kind}"
        shown = fillings.shown(refused)["trace"][-1]["detail"]["filled_by"]
        assert shown == [{"operation": "UpdateCustomer", "key": "key-1", "times": 3, "first": 7, "last": 9}]
        assert fillings.told(client.world.journal.entries[0]) == ""


def test_the_organisations_budget_tells_whose_calls_filled_it(shared_api: Api) -> None:
    """All keys share it; a refused request counts as well, a missing role does not."""
    with opened(shared_api, WorldSpec(name="whose", limits={"org": 4})) as client:
        key = client.new_key("org.user.customer")
        client.get(CUSTOMERS)
        client.get(f"{CUSTOMERS}/{'0' * 24}", key=key)
        client.get("/v1/teams", key=key)
        client.get(CUSTOMERS, key=key)
        client.get(CUSTOMERS)
        assert client.get(CUSTOMERS).status == 429
        found = views.limits(client.world).requests.filled_by
    assert [str(kind) for kind in found] == [
        "2 x GetCustomers by key-1 (#1 to #5)",
        "1 x GetCustomerById by key-2 (#2)",
        "1 x GetCustomers by key-2 (#4)",
    ]


def test_a_budget_of_a_user_tells_calls_and_jobs_that_filled_it(shared_api: Api) -> None:
    """WhatsApp drafts are sent by a call, or by themselves at their time; both count for who wrote them."""
    with opened(shared_api, WorldSpec(name="sent", limits={"whatsapp_outbound": 2})) as client:
        path = f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': 'A'}).data['id']}/drafts"
        body = {"channel": "whatsapp", "app": "whatsapp", "meta": {"template": "5a" * 12}, "scheduled": True}
        client.post(path, {**body, "sendAt": "now+30s"})
        client.advance(30)
        client.post(path, {**body, "sendAt": "now"})
        assert client.post(path, {**body, "sendAt": "now"}).status == 429
        refused = client.world.journal.entries[-1]
        (use,) = [use for use in views.limits(client.world).objects if use.name == "whatsapp_outbound"]
        told = [str(kind) for kind in use.filled_by]
        assert told == ["1 x draft-send by system (#3)", "1 x CreateDraftByCustomer by key-1 (#4)"]
        assert Fillings(client.world.journal, client.world.contracts.limits).of_refused(refused) == use.filled_by
