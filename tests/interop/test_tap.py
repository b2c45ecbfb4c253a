"""A program that fills a warehouse from the real API runs on a world unchanged, and misses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kustomer_sandbox import Kustomer, world
from kustomer_sandbox.contracts import Contracts
from tests.interop.tap import LISTS, Stuck, Tap, key_of

LONG_AGO = "2017-01-01"
OF_A_CALLER = {
    "/v1/bulk/{id}/batches",
    "/v1/customers/{id}/events",
    "/v2.1/chat/sessions",
    "/v2.1/chat/sessions/{id}/messages",
}
"""Lists that only who made what they belong to can find, or who knows a visitor; one is a 404 at the vendor's, too."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Kustomer]:
    with world("demo") as made:
        yield made


@pytest.fixture
def kustomer(shared: Kustomer) -> Iterator[Kustomer]:
    """The demo world, put back after each test."""
    undo = shared.begin_again()
    yield shared
    undo()


def tap(kustomer: Kustomer, *, page_size: int) -> Tap:
    """The program, whose waiting moves the world's clock."""
    return Tap(kustomer.client(), wait=kustomer.clock.advance, page_size=page_size)


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [key_of(record) for record in records]


def test_the_tap_knows_every_list_there_is(contracts: Contracts) -> None:
    """A list that it does not walk is one that nobody has tried to read page by page."""
    paged = {
        operation.path for operation in contracts.operations.values() if operation.method == "GET" and operation.paging
    }
    assert paged - OF_A_CALLER == LISTS.keys()


def test_every_list_is_the_same_in_pages_of_two_and_whole(kustomer: Kustomer) -> None:
    """The links lead from page to page, each record once, and to an end."""
    slow, quick = tap(kustomer, page_size=2), tap(kustomer, page_size=99)
    in_pages = {path: ids(records) for path, records in slow.lists()}
    whole = {path: ids(records) for path, records in quick.lists()}
    assert in_pages == whole
    assert all(len(set(found)) == len(found) for found in whole.values())
    read = {record for found in whole.values() for record in found}
    for kind in ("customer", "company", "conversation", "message", "note", "kobject", "team", "work_session"):
        assert {record["id"] for record in kustomer.world.records.find(kind) if not record.get("deleted")} <= read, kind


@pytest.mark.parametrize(
    ("context", "page_size"),
    [("message", 4), ("conversation", 1), ("kobject", 1), ("customer", 1), ("note", 4), ("company", 4)],
)
def test_a_search_goes_on_past_page_100_from_the_last_update(kustomer: Kustomer, context: str, page_size: int) -> None:
    """The first three have more than a hundred such pages, and searches: the order and the bound lose no record."""
    program = tap(kustomer, page_size=page_size)
    walked = list(program.changed(context, since=LONG_AGO))
    there = [record for record in kustomer.world.records.find(context) if not record.get("deleted")]
    assert sorted(ids(walked)) == sorted(record["id"] for record in there)
    updates = [record["attributes"]["updatedAt"] for record in walked]
    assert updates == sorted(updates)
    assert program.waits == len(there) // page_size // 100


def test_what_changes_during_a_walk_is_met_again(kustomer: Kustomer) -> None:
    """The next run needs no other bookmark than the last update; what is deleted is found by those who ask for it."""
    client = kustomer.client()
    walk = tap(kustomer, page_size=4).changed("message", since=LONG_AGO)
    first = next(walk)
    kustomer.clock.advance(60)
    assert client.put(f"/v1/messages/{first['id']}", json={"size": 12345}).status_code == 200
    *_, last = walk
    assert (last["id"], last["attributes"]["size"]) == (first["id"], 12345)

    bookmark = last["attributes"]["updatedAt"]
    kustomer.clock.advance(60)
    gone = client.get("/v1/conversations").json()["data"][0]["id"]
    assert client.delete(f"/v1/conversations/{gone}").status_code == 204
    assert ids(list(tap(kustomer, page_size=2).changed("conversation", since=bookmark))) == []
    found = list(tap(kustomer, page_size=2).changed("conversation", since=bookmark, deleted=True))
    assert [(record["id"], record["attributes"]["deleted"]) for record in found] == [(gone, True)]


def test_a_hundred_pages_of_one_instant_stop_the_walk(kustomer: Kustomer) -> None:
    """Why programs ask for large pages: with small ones, a bulk change leaves no bound to go on from."""
    client = kustomer.client()
    for _ in range(2):
        body = [{"name": f"Imported {number}"} for number in range(60)]
        assert client.post("/v1/companies/bulk", json=body).status_code in {200, 201, 202}
    kustomer.clock.advance(60)
    with pytest.raises(Stuck):
        list(tap(kustomer, page_size=1).changed("company", since=LONG_AGO))
    assert len(list(tap(kustomer, page_size=300).changed("company", since=LONG_AGO))) >= 120
