"""How often one call asks its store: a unit of work fetches each row once, and the windows of a page together.

A store in memory hides what this costs; one behind a connection will not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.store.protocol import Store
from tests.world_client import WorldClient, opened

COUNTED = sorted(name for name, value in vars(Store).items() if callable(value) and not name.startswith("_"))
MESSAGE = {"channel": "email", "app": "postmark", "direction": "in", "preview": "Where is it?"}


@pytest.fixture
def demo(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    """A demo world. One message has been posted in it, so that what is made once for a world is made."""
    with opened(shared_api, WorldSpec(name=request.node.nodeid, scenario="demo", plan="ultimate")) as client:
        assert client.post(f"/v1/conversations/{conversation_of(client)}/messages", MESSAGE).status == 201
        yield client


def conversation_of(client: WorldClient) -> str:
    return str(client.get("/v1/conversations").data[0]["id"])


@pytest.fixture
def calls(demo: WorldClient, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the store's methods that were called, in order."""
    made: list[str] = []

    def counting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            made.append(name)
            return method(*args, **kwargs)

        return counted

    for name in COUNTED:
        monkeypatch.setattr(demo.world.store, name, counting(name, getattr(demo.world.store, name)), raising=True)
    return made


def test_a_page_of_a_hundred_customers_takes_eight_calls_at_the_most(demo: WorldClient, calls: list[str]) -> None:
    """Their unmasking windows are read together."""
    for number in range(60):
        demo.post("/v1/customers", {"name": f"Customer {number}"})
    calls.clear()
    assert len(demo.get("/v1/customers", query="pageSize=100").data) == 100
    assert len(calls) <= 8
    assert calls.count("get_many") == 1


@pytest.mark.parametrize(
    ("path", "read_sensitive", "reads"),
    [
        ("/v1/customers", False, 1), ("/v1/customers", True, 1), ("/v1/conversations", False, 1),
        ("/v1/conversations", True, 0), ("/v1/companies", False, 0), ("/v1/tags", False, 0),
    ],
)  # fmt: skip
def test_windows_are_read_together_where_they_decide_what_a_page_shows(
    demo: WorldClient, calls: list[str], path: str, *, read_sensitive: bool, reads: int
) -> None:
    """A customer shows its own to everybody; a company has none, and to who sees all no other record's matters."""
    for kind, name in (("customer", "phones"), ("conversation", "preview"), ("company", "phones")):
        demo.put(f"/v1/metadata/{kind}", {"standardProperties": {name: {"sensitive": True}}})
    key = demo.new_key("org", read_sensitive=read_sensitive)
    demo.get(path, key=key)
    calls.clear()
    assert len(demo.get(path, key=key).data) > 1
    assert (calls.count("get_many"), calls.count("get")) == (reads, 0)


def test_one_record_takes_four_calls_at_the_most(demo: WorldClient, calls: list[str]) -> None:
    """Jobs that are due, the organisation's budget, the record, its window."""
    id = demo.get("/v1/customers").data[0]["id"]
    calls.clear()
    assert demo.get(f"/v1/customers/{id}").status == 200
    assert len(calls) <= 4


def test_a_message_takes_twelve_calls_at_the_most(demo: WorldClient, calls: list[str]) -> None:
    """It touches its conversation and its customer, each of which is read and written once."""
    path = f"/v1/conversations/{conversation_of(demo)}/messages"
    calls.clear()
    assert demo.post(path, MESSAGE).status == 201
    assert len(calls) <= 12
    assert (calls.count("insert"), calls.count("update")) == (1, 2)
