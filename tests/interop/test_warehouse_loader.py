"""A nightly loader that writes its dates without an offset gets each record on the day that it belongs to, in UTC."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from kustomer_sandbox import Kustomer, world
from tests.interop.warehouse_loader import TABLES, Loader

LAST = date(2026, 6, 9)
NIGHTS = [LAST - timedelta(days=number) for number in range(12, -1, -1)]
STORED: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "conversations": ("conversation", lambda record: record["attributes"]["createdAt"]),
    "messages": ("message", lambda record: record["attributes"].get("sentAt")),
    "handle_times": ("conversation_time", lambda record: record["attributes"]["createdAt"]),
    "work_items": ("work_item", lambda record: record["attributes"].get("handle", {}).get("completedAt")),
    "work_sessions": ("work_session", lambda record: record["attributes"]["updatedAt"]),
}
"""Where a record of a table says on which day it is loaded."""


@pytest.fixture(scope="module")
def kustomer() -> Iterator[Kustomer]:
    with world("demo") as made:
        yield made


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


def loader(kustomer: Kustomer, database: sqlite3.Connection) -> Loader:
    """The program, for an account in Auckland: were its times shifted, whole half days would be missed."""
    return Loader(kustomer.client(), database, wait=kustomer.clock.advance, zone="Pacific/Auckland")


def by_day(kustomer: Kustomer, table: str) -> dict[str, set[str]]:
    """The records of a table as they are stored, by their day in UTC."""
    kind, when = STORED[table]
    days: dict[str, set[str]] = {night.isoformat(): set() for night in NIGHTS}
    for record in kustomer.world.records.find(kind):
        at = when(record)
        if at and at[:10] in days and not record.get("deleted"):
            days[at[:10]].add(record["id"])
    return days


@pytest.mark.parametrize("table", TABLES)
def test_each_night_loads_the_records_of_its_day_once(
    kustomer: Kustomer, database: sqlite3.Connection, table: str
) -> None:
    """No record falls between two nights or into both, though the search is said to be in another zone."""
    program = loader(kustomer, database)
    expected = by_day(kustomer, table)
    assert {night.isoformat(): program.load(table, night) for night in NIGHTS} == {
        day: len(ids) for day, ids in expected.items()
    }
    rows = database.execute(f"SELECT day, id FROM {table}")  # noqa: S608 - the names are the program's own
    loaded: dict[str, set[str]] = {day: set() for day in expected}
    for day, id in rows:
        loaded[day].add(id)
    assert loaded == expected
    assert sum(map(len, expected.values())) > 1


def test_windows_of_an_hour_load_what_a_window_of_a_day_does(kustomer: Kustomer, database: sqlite3.Connection) -> None:
    """The end of one window is the start of the next: `lt` and `gte` must meet without a gap."""
    program = loader(kustomer, database)
    (night,) = [night for night in NIGHTS if night == LAST - timedelta(days=1)]
    hourly = program.load("messages", night, hours=1)
    assert hourly == len(by_day(kustomer, "messages")[night.isoformat()]) > 1


def test_a_customers_history_begins_with_the_first_moment_of_a_bare_day(
    kustomer: Kustomer, database: sqlite3.Connection
) -> None:
    """Lists take a day as well; it is one of UTC."""
    records = kustomer.world.records.find("conversation")
    owner = max(
        (record["relationships"]["customer"]["id"] for record in records),
        key=lambda id: sum(record["relationships"]["customer"]["id"] == id for record in records),
    )
    own = [
        record for record in records if record["relationships"]["customer"]["id"] == owner and not record.get("deleted")
    ]
    days = sorted(record["attributes"]["createdAt"][:10] for record in own)
    since = days[len(days) // 2]
    assert loader(kustomer, database).history(owner, date.fromisoformat(since)) == sum(day >= since for day in days)
