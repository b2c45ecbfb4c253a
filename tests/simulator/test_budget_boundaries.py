"""The end of a budget's minute, to the microsecond and for every kind of budget, through whole calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.clock import EARLIEST, EPOCH
from tests.world_client import Answer, WorldClient, opened

TICK = timedelta(microseconds=1)
MINUTE = timedelta(seconds=60)
AROUND = [-MINUTE + TICK, -1000 * TICK, -TICK, timedelta(), TICK, 1000 * TICK, MINUTE]
"""Instants as seen from the end of the minute."""

Draws = Callable[[WorldClient], Callable[[], Answer]]


def requests(client: WorldClient) -> Callable[[], Answer]:
    return lambda: client.get("/v1/tags")


def searches(client: WorldClient) -> Callable[[], Answer]:
    return lambda: client.post("/v1/customers/search", {"queryContext": "customer"})


def a_persons_requests(client: WorldClient) -> Callable[[], Answer]:
    key, _ = issue_key(client.api.worlds, client.world, user_type="user")
    return lambda: client.get("/v1/tags", key=key)


def updates(client: WorldClient) -> Callable[[], Answer]:
    path = f"/v1/customers/{client.post('/v1/customers', {'name': 'A'}).data['id']}"
    return lambda: client.put(path, {"locale": "en_US"})


def conversations(client: WorldClient) -> Callable[[], Answer]:
    path = f"/v1/customers/{client.post('/v1/customers', {'name': 'A'}).data['id']}/conversations"
    return lambda: client.post(path, {})


BUDGETS: dict[str, Draws] = {
    "org": requests,
    "search": searches,
    "users": a_persons_requests,
    "record_updates": updates,
    "conversations_created": conversations,
}


@pytest.fixture(scope="module")
def boundary_api() -> Api:
    return create_api()


@given(
    st.sampled_from(sorted(BUDGETS)),
    st.integers(0, 999_999),
    st.integers(0, 59_999_999),
    st.sampled_from(AROUND) | st.timedeltas(-MINUTE + TICK, MINUTE),
)
def test_a_used_up_budget_is_free_at_its_end_and_not_a_microsecond_before(
    boundary_api: Api, budget: str, begins: int, second: int, around: timedelta
) -> None:
    """Its minute begins with the first unit, whenever the others are taken."""
    with opened(boundary_api, WorldSpec(name="edge", limits={budget: 2})) as client:
        clock = client.world.clock
        call = BUDGETS[budget](client)
        start = EPOCH + MINUTE + begins * TICK
        clock.move_to(start)
        assert call().status < 300
        clock.move_to(start + second * TICK)
        assert call().status < 300
        instant = max(start + MINUTE + around, start + second * TICK)
        clock.move_to(instant)
        answer = call()
        assert (answer.status == 429) == (instant < start + MINUTE)
        if answer.status == 429:
            reset = EARLIEST + timedelta(seconds=int(answer.headers["x-ratelimit-reset"]))
            assert start + MINUTE <= reset < start + MINUTE + timedelta(seconds=1)
            clock.move_to(reset)
            assert call().status < 300
