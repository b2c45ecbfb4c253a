"""Budgets per object: told in headers of their own, set per world, and what a 429 says where time stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kustomer_sandbox.contracts.model import Contracts, Spend
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import UnknownLimit, WorldSpec
from tests.world_client import Answer, WorldClient, opened

CUSTOMERS = "/v1/customers"
LIMIT, LEFT = "x-ratelimit-object-limit", "x-ratelimit-object-remaining"


@pytest.fixture
def small(shared_api: Api) -> Iterator[WorldClient]:
    """A world in which one record may be updated twice a minute."""
    with opened(shared_api, WorldSpec(name="small", limits={"record_updates": 2})) as made:
        yield made


def customer(client: WorldClient) -> str:
    return f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': 'A'}).data['id']}"


def told(answer: Answer) -> tuple[int, str | None, str | None]:
    """Status, limit and remaining calls."""
    return answer.status, answer.headers.get(LIMIT), answer.headers.get(LEFT)


def test_a_world_may_have_budgets_of_its_own(small: WorldClient) -> None:
    """The contract's figure is that of 2020; whoever knows another, or wants to see a 429 soon, says so."""
    path = customer(small)
    answers = [told(small.put(path, {"name": "B"})) for _ in range(3)]
    assert answers == [(200, "2", "1"), (200, "2", "0"), (429, "2", "0")]
    (error,) = small.put(path, {"name": "B"}).errors
    assert (error["meta"]["budget"], error["meta"]["limit"]) == ("record_updates", 2)


@pytest.mark.parametrize(("limits", "status"), [({"org": 2}, 429), ({"org": 3}, 200)])
def test_the_plans_budget_can_be_another_one(shared_api: Api, limits: dict[str, int], status: int) -> None:
    """Budgets are called as a 429 calls them."""
    with opened(shared_api, WorldSpec(name="org", limits=limits)) as client:
        answers = [client.get(CUSTOMERS) for _ in range(3)]
    assert answers[-1].status == status
    assert answers[0].headers["x-ratelimit-limit"] == str(limits["org"])


def test_a_limit_of_no_budget_is_told_with_those_there_are(shared_api: Api) -> None:
    """A typing error would leave the contract's figure in place."""
    with pytest.raises(UnknownLimit, match="record_updates"):
        shared_api.worlds.create(WorldSpec(name="typo", limits={"updates": 2}))


def test_a_fork_and_a_reset_keep_the_worlds_own_budgets(small: WorldClient) -> None:
    """They belong to how the world was made, as its plan does."""
    worlds = small.api.worlds
    fork = worlds.fork(small.world, "fork")
    small.world.configure(limits={}, strict=True)
    worlds.reset(small.world)
    shown = [(world.limits, world.budgets.ceilings["record_updates"], world.strict) for world in (fork, small.world)]
    worlds.drop("fork")
    assert shown == [({"record_updates": 2}, 2, False)] * 2


def test_a_snapshot_brings_budgets_and_strictness_back(small: WorldClient) -> None:
    """All that decides what an answer is goes back with it."""
    kept = small.world.snapshot()
    small.world.configure(limits={"record_updates": 9}, strict=True)
    small.world.restore(kept)
    assert (small.world.budgets.ceilings["record_updates"], small.world.strict) == (2, False)


def test_a_refused_call_tells_what_it_was_given_back(small: WorldClient) -> None:
    """Only updates that happen count, the last one too."""
    path = customer(small)
    assert told(small.put(path, {"nonsense": 1})) == (400, "2", "2")
    assert told(small.put(path, {"name": "B"})) == (200, "2", "1")
    assert told(small.put(path, {"nonsense": 1})) == (400, "2", "1")
    assert told(small.put(f"{CUSTOMERS}/{'0' * 24}", {"name": "B"})) == (404, "2", "2")


def test_a_call_that_draws_on_no_object_budget_tells_none(small: WorldClient) -> None:
    """Reads have none, historical records are exempt, and who may not call has drawn on nothing."""
    path = customer(small)
    assert told(small.get(path)) == (200, None, None)
    history = {"name": "x", "importedAt": "2020-01-01T00:00:00Z"}
    assert told(small.post(f"{path}/conversations", history)) == (201, None, None)
    key = small.new_key("org.user.note.read")
    assert told(small.call("PUT", path, {"name": "B"}, key=key)) == (403, None, None)


@pytest.mark.parametrize(("first", "second"), [(2, 5), (5, 2)])
def test_the_tightest_object_budget_is_told(contracts: Contracts, first: int, second: int) -> None:
    """Whichever of two it is: it is the one that a client runs into next."""
    budgets = contracts.limits.budgets
    spends = tuple(Spend(budget=budgets[name], key=("path.id",)) for name in ("record_updates", "notes_created"))
    updating = replace(contracts.operations["UpdateCustomer"], spends=spends)
    api = create_api(replace(contracts, operations={**contracts.operations, updating.id: updating}))
    limits = {"record_updates": first, "notes_created": second}
    with opened(api, WorldSpec(name="two", limits=limits)) as client:
        path = customer(client)
        answers = [told(client.put(path, {"name": "B"})) for _ in range(3)]
    assert answers == [(200, "2", "1"), (200, "2", "0"), (429, "2", "0")]


def test_a_budget_that_a_rule_draws_on_is_told_where_it_is_used_up(shared_api: Api) -> None:
    """WhatsApp messages are counted when they are sent, which is for the draft's rule to say."""
    with opened(shared_api, WorldSpec(name="whatsapp", limits={"whatsapp_outbound": 1})) as client:
        path = f"{customer(client)}/drafts"
        body = {"channel": "whatsapp", "app": "whatsapp", "meta": {"template": "5a" * 12}}
        answers = [told(client.post(path, {**body, "sendAt": "now", "scheduled": True})) for _ in range(2)]
    assert answers == [(200, "120", "119"), (429, "1", "0")]


def test_a_429_of_a_frozen_world_says_so_and_how_to_move_it(small: WorldClient) -> None:
    """Nobody waits for a minute that does not end."""
    path = customer(small)
    answers = [small.put(path, {"name": "B"}) for _ in range(3)]
    (error,) = answers[-1].errors
    assert error["meta"]["clock"] == "frozen"
    assert 'POST /_sandbox/worlds/small/clock {"advance": "PT60S"}' in error["message"]
    small.advance(60)
    assert small.put(path, {"name": "B"}).status == 200


def test_a_429_of_a_running_world_says_nothing_of_its_clock(shared_api: Api) -> None:
    """There waiting is the right thing to do."""
    spec = replace(WorldSpec(name="real", limits={"org": 1}), mode="real")
    with opened(shared_api, spec) as client:
        (error,) = [client.get(CUSTOMERS) for _ in range(2)][-1].errors
    assert ("clock" in error["meta"], "_sandbox" in error["message"]) == (False, False)
