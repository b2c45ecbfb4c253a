"""Columns stay true: whatever is written, undone, forked or restored, the next search knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.search.columns import table
from kustomer_sandbox.simulator.store import table_cache
from kustomer_sandbox.simulator.values.record import Record
from tests.simulator.search.changing import EVERYTHING, NOTHING, columns_above
from tests.world_client import WorldClient

PATH = "/v1/customers/search"
ANN, BEN, COMPANY = ("a" * 24, "b" * 24, "c" * 24)


@pytest.fixture(autouse=True)
def _by_columns() -> Iterator[None]:
    with columns_above(NOTHING):
        yield


@pytest.fixture
def client(world_client: WorldClient) -> WorldClient:
    """Ann and Ben, and columns of both."""
    world_client.world.records.insert(customer(ANN, name="Ann"))
    world_client.world.records.insert(customer(BEN, name="Ben"))
    assert names(world_client) == ["Ann", "Ben"]
    return world_client


def customer(id: str, **attributes: Any) -> Record:
    stamps = {"createdAt": "2026-06-09T12:00:00.000Z", "updatedAt": "2026-06-09T12:00:00.000Z", "displayName": "x"}
    return {"id": id, "type": "customer", "attributes": {**stamps, "rev": 1, **attributes}, "relationships": {}}


def names(client: WorldClient, **criterion: Any) -> list[str]:
    """Who is found, by name."""
    body = {"queryContext": "customer", "sort": {"customer_name": "asc"}, "and": [criterion] if criterion else []}
    return [found["attributes"]["name"] for found in client.post(PATH, body, query="pageSize=500").data]


def rename(client: WorldClient, id: str, name: str) -> None:
    assert client.put(f"/v1/customers/{id}", {"name": name}).status == 200


def test_a_change_is_found_by_the_next_search(client: WorldClient) -> None:
    """Under what is said now, in its new place, and no more under what was said before."""
    rename(client, ANN, "Zoe")
    assert names(client) == ["Ben", "Zoe"]
    assert names(client, customer_name={"contains": "zo"}) == ["Zoe"]
    assert names(client, customer_name={"equals": "Ann"}) == []


def test_what_is_new_or_deleted_is_known_to_the_next_search(client: WorldClient) -> None:
    made = client.post("/v1/customers", {"name": "Mia"})
    assert names(client) == ["Ann", "Ben", "Mia"]
    assert client.delete(f"/v1/customers/{made.data['id']}").status in {200, 204}
    assert client.delete(f"/v1/customers/{ANN}").status in {200, 204}
    assert names(client) == ["Ben"]


@contextmanager
def forked(client: WorldClient) -> Iterator[WorldClient]:
    world = client.api.worlds.fork(client.world, f"{client.world.name} fork")
    yield WorldClient(client.api, world, issue_key(client.api.worlds, world)[0])
    client.api.worlds.drop(world.name)


def test_forks_share_columns_and_change_their_own(client: WorldClient) -> None:
    """Neither sees what the other one writes, and whoever searches first spoils nothing."""
    with forked(client) as fork:
        shared = client.world.store.table_cache("customer")
        assert shared is not None
        assert fork.world.store.table_cache("customer") is shared
        rename(fork, ANN, "Fay")
        assert names(fork) == ["Ben", "Fay"]
        rename(client, BEN, "Old")
        assert (names(client), names(fork)) == (["Ann", "Old"], ["Ben", "Fay"])


def test_a_fork_knows_what_was_written_since_the_last_search(client: WorldClient) -> None:
    """The columns it shares are older than itself."""
    rename(client, ANN, "Zoe")
    with forked(client) as fork:
        rename(fork, BEN, "Bob")
        assert (names(fork), names(client)) == (["Bob", "Zoe"], ["Ben", "Zoe"])


def test_a_restored_world_is_searched_as_it_was(client: WorldClient) -> None:
    """As often as it is restored, whatever was searched in between."""
    snapshot = client.world.snapshot()
    for name in ("Eve", "Eva"):
        rename(client, ANN, name)
        assert names(client) == ["Ben", name]
        client.world.restore(snapshot)
        assert names(client) == ["Ann", "Ben"]


def test_what_a_transaction_undoes_was_never_there(client: WorldClient) -> None:
    """Even if it was searched for before it was undone."""
    records = client.world.records

    def broken() -> None:
        with client.world.store.transaction():
            records.update(customer(ANN, name="Gone"))
            records.remove("customer", BEN)
            assert names(client) == ["Gone"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert names(client) == ["Ann", "Ben"]


def worn(client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "SPARE", 0)
    for number in range(6):
        rename(client, ANN, f"Ann {number}")
        assert names(client) == [f"Ann {number}", "Ben"]
    cache = client.world.store.table_cache("customer")
    assert cache is not None
    assert isinstance(cache.value, table.Columns)
    assert not cache.value.is_worn


def forgotten(client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_cache, "MOST_WRITTEN", 2)
    for number in range(4):
        rename(client, ANN, f"Ann {number}")
    cache = client.world.store.table_cache("customer")
    assert cache is not None
    assert cache.value is None
    assert names(client) == ["Ann 3", "Ben"]


@pytest.mark.parametrize("happens", [worn, forgotten], ids=lambda happens: happens.__name__)
def test_columns_are_made_anew(
    client: WorldClient, monkeypatch: pytest.MonkeyPatch, happens: Callable[[WorldClient, pytest.MonkeyPatch], None]
) -> None:
    """When most of them is struck out, and when too much was written since anybody searched."""
    happens(client, monkeypatch)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"lt": 2}, ["1"]),
        ({"lte": 2}, ["1", "2"]),
        ({"gt": 2}, ["3"]),
        ({"gte": 2}, ["2", "3"]),
        ({"gt": 1, "lt": 3}, ["2"]),
        ({"gt": 3}, []),
        ({"lt": 1}, []),
        ({"gte": 0}, ["1", "2", "3"]),
    ],
    ids=str,
)
def test_a_range_has_its_ends_or_not(world_client: WorldClient, test: dict[str, int], expected: list[str]) -> None:
    for number in (3, 1, 2):
        record = customer(f"{number:024x}", name=str(number), custom={"oneNum": number})
        world_client.world.records.insert(record)
    assert names(world_client, customer_custom_oneNum=test) == expected


def test_the_archive_begins_at_its_instant(world_client: WorldClient) -> None:
    """Columns know hours; which side a record of that one hour is on, the record is asked."""
    for id, name, at in ((ANN, "Ann", "12:29:59.999"), (BEN, "Ben", "12:30:00.000"), ("d" * 24, "Cid", "12:30:00.001")):
        world_client.world.records.insert(customer(id, name=name, updatedAt=f"2024-06-09T{at}Z"))
    world_client.advance(30 * 60)  # to half past twelve, two years later
    assert names(world_client) == ["Ben", "Cid"]
    archived = world_client.post("/v1/customers/archive/search", {"queryContext": "customer"})
    assert [found["attributes"]["name"] for found in archived.data] == ["Ann"]


def test_several_words_are_looked_for_in_one_value(world_client: WorldClient) -> None:
    """A column of words does not know which value has which; the record is asked."""
    values = {"oneTxt": ["red car", "blue bike"]}
    world_client.world.records.insert(customer(ANN, name="Ann", custom=values))
    assert names(world_client, customer_custom_oneTxt={"contains": "car red"}) == ["Ann"]
    assert names(world_client, customer_custom_oneTxt={"contains": "red bike"}) == []


@pytest.mark.parametrize("few", [EVERYTHING, NOTHING], ids=["one by one", "by columns"])
def test_a_deleted_customer_relates_nobody_by_an_index(world_client: WorldClient, few: int) -> None:
    """A company is found by what its customers wrote, by those who are deleted only if the search includes them."""
    at = "2026-06-09T12:00:00.000Z"
    records = world_client.world.records
    company = {"id": COMPANY, "type": "company", "attributes": {"name": "C", "updatedAt": at}, "relationships": {}}
    records.insert(company)
    gone = {**customer(ANN, name="Ann"), "deleted": True}
    records.insert({**gone, "relationships": {"company": {"type": "company", "id": COMPANY}}})
    to = {"customer": {"type": "customer", "id": ANN}}
    records.insert(
        {"id": BEN, "type": "message", "attributes": {"preview": "Hello", "updatedAt": at}, "relationships": to}
    )
    body = {"queryContext": "company", "and": [{"message_body": {"contains": "hello"}}]}
    with columns_above(few):
        assert world_client.post(PATH, body).json["meta"]["total"] == 0
        assert world_client.post(PATH, {**body, "includeDeleted": True}).json["meta"]["total"] == 1


@pytest.mark.parametrize(("direction", "expected"), [("asc", ["Ann", "Cid", "Ben"]), ("desc", ["Ann", "Ben", "Cid"])])
def test_a_record_of_several_values_has_one_place(
    world_client: WorldClient, direction: str, expected: list[str]
) -> None:
    """Where the first of its values stands, whichever way one goes; who has two equal keys goes by id."""
    for id, name, held in ((ANN, "Ann", "az"), (BEN, "Ben", "m"), ("d" * 24, "Cid", "cg")):
        values = [{"externalId": value} for value in held]
        world_client.world.records.insert(customer(id, name=name, externalIds=values))
    body = {"queryContext": "customer", "sort": {"customer_externalId": direction}}
    assert [found["attributes"]["name"] for found in world_client.post(PATH, body).data] == expected


@pytest.mark.parametrize("count", [20, 1009])
def test_a_page_of_many_that_tie_is_cut_by_id(world_client: WorldClient, count: int) -> None:
    """Whether they are few enough to be sorted or more: ids decide, not who came first, and pages divide them."""
    ids = [f"{number * 7919 % 1009:024x}" for number in range(count)]
    for id in ids:
        world_client.world.records.insert(customer(id, name="Same"))
        if id == ids[5]:
            names(world_client)  # the others come to columns that are there
    body = {"queryContext": "customer", "sort": {"customer_name": "desc"}}
    pages = [world_client.post(PATH, body, query=f"pageSize=500&page={page}").data for page in (1, 2, 3)]
    assert [found["id"] for page in pages for found in page] == sorted(ids)


def test_a_world_without_broad_searches_makes_no_columns(world_client: WorldClient) -> None:
    """An exact look-up in a small world is answered from its index."""
    world_client.world.records.insert(customer(ANN, name="Ann"))
    with columns_above(100):
        assert names(world_client) == ["Ann"]
    cache = world_client.world.store.table_cache("customer")
    assert cache is not None
    assert cache.value is None
