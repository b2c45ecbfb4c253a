"""What one call or job has changed in a world, as one line; and how lines become rows of tables.

Decision: a call adds one line, which names everything that it changed, and nothing else is written before its answer
goes out. Lines are put into the tables many at a time: a customer that was written a hundred times since is written
there once. One statement a call takes a seventh of what its rows in five tables would.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from kustomer_sandbox.simulator.keeping.forms import text_of
from kustomer_sandbox.simulator.store.layers import LayeredStore
from kustomer_sandbox.simulator.store.tables import KeyedRow
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.journal import CAPACITY
from kustomer_sandbox.simulator.world.world import World

_PUT_ROW: Final = (
    "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (layer, kind, id) "
    "DO UPDATE SET rev = excluded.rev, data = excluded.data, keys = excluded.keys"
)

Unsaved = Mapping[tuple[str, str], KeyedRow | None]


def row_form(place: tuple[str, str], record: KeyedRow | None) -> list[JSON]:
    """A row as it is written down: table, id, revision, text, and keys unless they follow from the text."""
    if record is None:
        return [*place, 0, None, None]
    row, keys = record
    return [*place, row.rev, row.data.decode(), dict(keys) if type(keys) is dict and keys else None]


def change_of(world: World, store: LayeredStore, journalled: int, noted: Sequence[int]) -> str | None:
    """What a world has changed since it was kept last, None for nothing.

    So many entries are `journalled` already, and the recording's notes kept up to the marks `noted`.
    """
    change: dict[str, JSON] = {}
    if store.layer.unsaved:
        change["rows"] = [row_form(place, record) for place, record in store.layer.unsaved.items()]
    if store.counted:
        change["counters"] = store.counted
    if world.journal.total != journalled:
        change["journal"] = [world.journal.total, world.journal.rows_since(journalled)]
    if world.recording is not None and world.recording.notes.marks() != noted:
        change["notes"] = [noted, world.recording.notes.since(noted)]
    if not change:
        return None
    change["ids"] = world.ids.counter
    return text_of(change)


def put_rows(connection: sqlite3.Connection, layer: int, rows: Iterable[list[JSON]]) -> None:
    """Write rows, as `row_form` gives them, into a layer."""
    connection.executemany(
        _PUT_ROW, [(layer, *row[:4], None if row[4] is None else orjson.dumps(row[4]).decode()) for row in rows]
    )


def put_journal(connection: sqlite3.Connection, world: str, total: int, rows: Iterable[JSON]) -> None:
    """Write the last entries of a journal; those it has forgotten are deleted."""
    lines = [text_of(row) for row in rows]
    first = total - len(lines) + 1
    connection.executemany(
        "INSERT OR REPLACE INTO journal VALUES (?, ?, ?)", [(world, first + at, line) for at, line in enumerate(lines)]
    )
    connection.execute("DELETE FROM journal WHERE world = ? AND number <= ?", (world, total - CAPACITY))


def put_notes(connection: sqlite3.Connection, world: str, marks: Sequence[int], notes: Mapping[str, list[Any]]) -> None:
    """Write what a recording has noted after these marks."""
    for first, (part, lines) in zip(marks, notes.items(), strict=True):
        connection.executemany(
            "INSERT OR REPLACE INTO recordings VALUES (?, ?, ?, ?)",
            [(world, part, first + at, text_of(line)) for at, line in enumerate(lines)],
        )


def settle(connection: sqlite3.Connection) -> None:
    """Put all lines into the tables. In a transaction of the caller's."""
    lines = connection.execute("SELECT world, entry FROM changes ORDER BY number").fetchall()
    by_world: dict[str, list[dict[str, Any]]] = {}
    for world, entry in lines:
        by_world.setdefault(world, []).append(orjson.loads(entry))
    for world, changes in by_world.items():
        _settle_world(connection, world, changes)
    if lines:
        connection.execute("DELETE FROM changes")


def _settle_world(connection: sqlite3.Connection, world: str, changes: list[dict[str, Any]]) -> None:
    found = connection.execute("SELECT layer, form FROM worlds WHERE name = ?", (world,)).fetchone()
    if found is None:
        return
    layer, text = found
    form = orjson.loads(text)
    rows: dict[tuple[str, str], list[JSON]] = {}
    journal: list[JSON] = []
    total = 0
    for change in changes:
        rows |= {(row[0], row[1]): row for row in change.get("rows", ())}
        form["counters"] |= change.get("counters", {})
        form["ids"][1] = change["ids"]
        if "journal" in change:
            total, entries = change["journal"]
            journal += entries
        if "notes" in change:
            put_notes(connection, world, *change["notes"])
    put_rows(connection, layer, rows.values())
    if journal:
        put_journal(connection, world, total, journal)
    connection.execute("UPDATE worlds SET form = ? WHERE name = ?", (text_of(form), world))
