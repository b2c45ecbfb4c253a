"""The journal: numbered from 1, bounded, without values."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.journal import CAPACITY, Journal, JournalEntry, place_of
from tests.world_client import WorldClient, opened

ENTRY = JournalEntry(
    at="2026-06-09T12:00:00.000Z", method="GET", path="/v1/customers", operation="X", status=200, key="key-1"
)


def filled(count: int) -> Journal:
    journal = Journal()
    for number in range(1, count + 1):
        journal.add(replace(ENTRY, status=number))
    return journal


@given(st.integers(0, 12), st.integers(0, 15), st.integers(1, 15))
def test_entries_are_numbered_in_the_order_they_happened(count: int, since: int, limit: int) -> None:
    """`since` and `limit` cut a slice out of 1, 2, 3 …; each entry is the one of its number."""
    shown = filled(count).since(since, limit)
    assert [entry["seq"] for entry in shown] == list(range(1, count + 1))[since : since + limit]
    assert all(entry["status"] == entry["seq"] for entry in shown)


def test_only_the_newest_entries_are_kept_under_their_numbers() -> None:
    """A sandbox that runs for weeks does not grow; a number never comes to mean another entry."""
    journal = filled(CAPACITY + 5)
    assert len(journal.entries) == CAPACITY
    assert [entry["seq"] for entry in journal.since(0, 2)] == [6, 7]
    assert [(entry["seq"], entry["status"]) for entry in journal.since(CAPACITY + 4, 9)] == [(CAPACITY + 5,) * 2]


def test_a_cleared_journal_starts_anew() -> None:
    """After a reset the first call is number 1 again."""
    journal = filled(3)
    journal.clear()
    journal.add(ENTRY)
    assert [entry["seq"] for entry in journal.since(0, 9)] == [1]


def test_the_place_of_a_fault_is_told_without_its_message() -> None:
    """A message may hold any value of a request or record."""

    def fails() -> None:
        raise KeyError("jane.doe@example.com")

    with pytest.raises(KeyError) as caught:
        fails()
    place = place_of(caught.value)
    assert place.startswith("KeyError at test_the_place_of_a_fault_is_told_without_its_message.<locals>.fails:")
    assert "jane" not in place
    assert place_of(KeyError("jane")) == "KeyError at ?"


def test_an_entry_tells_what_became_of_a_call(world_client: WorldClient) -> None:
    """A look-up that is refused and a path that is none: templates and decisions, no values."""
    world_client.get("/v1/customers/email=jane.doe%40example.com", "include=jane")
    world_client.call("BREW", "/v1/jane")
    shown = [
        (entry.seq, entry.method, entry.path, entry.operation, entry.status, entry.key, entry.fault)
        for entry in world_client.world.journal.entries
    ]
    assert shown == [
        (1, "GET", "/v1/customers/email=***", "GetCustomerByEmail", 400, "key-1", ""),
        (2, "***", "/v1/***", "", 404, "key-1", ""),
    ]
    assert "jane" not in str(world_client.world.journal.since(0, 9))


VALUES = st.text(st.sampled_from("abcXYZ0123456789"), min_size=9, max_size=30).filter(
    lambda text: re.search("[0-9]", text) and not re.fullmatch("[0-9a-f]{24}", text)
)
"""Ids are kept, and so are letters alone in the place of a name."""


@given(VALUES)
def test_no_value_of_a_call_is_in_the_journal(shared_api: Api, value: str) -> None:
    """Put anywhere in a call, a value does not appear; only ids do, and words in the place of a parameter's name."""
    with opened(shared_api, WorldSpec(name="values")) as client:
        client.get(f"/v1/customers/{value}")
        client.get(f"/v1/customers/email={value}")
        client.get("/v1/customers", f"7{value}={value}")
        client.get("/v1/customers", f"size={value}&{value}")
        client.get(f"/v1/{value}/customers/{value}", f"size={value}")
        client.post("/v1/customers", {"name": value, value: value})
        client.get(f"/v1/{value}")
        assert client.world.journal.total == 7
        assert value not in str(client.world.journal.since(0, 99))


@pytest.mark.parametrize("method", ["DUE", "JANE", "jane.doe@example.com", "GET\nPOST", "x" * 10_000, "", "get"])
def test_a_word_that_is_no_method_is_not_kept(world_client: WorldClient, method: str) -> None:
    """It could hold anything, or pass for an event of the world's own, which the sums leave out."""
    world_client.call(method, "/v1/customers")
    (entry,) = world_client.world.journal.entries
    assert (entry.method, entry.path, entry.status) == ("***", "/v1/customers", 405)
    assert world_client.world.journal.summary().calls == 1


def test_no_call_makes_a_long_entry(world_client: WorldClient) -> None:
    """Ten thousand are kept: a client could fill the memory with what it asks for."""
    name = ("".join(letters) for letters in product(ascii_letters, repeat=2))
    ids = ",".join(f"{number:024x}" for number in range(2_000))
    world_client.get("/v1/customers", "&".join(f"{next(name)}=1" for _ in range(2_000)))
    world_client.get(f"/v1/customers/{ids}")
    world_client.get("/v1/" + "/".join(["customers"] * 2_000))
    world_client.get(f"/v1/customers/{ids}/drafts", f"{'x' * 10_000}={'y' * 10_000}")
    assert [len(str(entry)) < 5_000 for entry in world_client.world.journal.entries] == [True] * 4
