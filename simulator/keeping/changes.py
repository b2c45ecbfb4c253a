"""What one call or job has changed in a world, as one line; and how lines become rows of tables.

Decision: a call adds one line, which names everything that it changed, and nothing else is written before its answer
goes out. Lines are put into the tables many at a time: a customer that was written a hundred times since is written
there once. One statement a call takes a seventh of what its rows in five tables would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from kustomer_sandbox.simulator.keeping import forms
from kustomer_sandbox.simulator.keeping.database import Database
from kustomer_sandbox.simulator.keeping.forms import text_of
from kustomer_sandbox.simulator.store.index_keys import as_keys
from kustomer_sandbox.simulator.store.layers import LOG, LayeredStore, log_id
from kustomer_sandbox.simulator.store.protocol import Row
from kustomer_sandbox.simulator.store.tables import KeyedRow
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.audit_log import CAPACITY as AUDIT_CAPACITY
from kustomer_sandbox.simulator.world.audit_log import AuditLog
from kustomer_sandbox.simulator.world.journal import CAPACITY
from kustomer_sandbox.simulator.world.world import World

_PUT_ROW: Final = (
    "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (layer, kind, id) "
    "DO UPDATE SET rev = excluded.rev, data = excluded.data, keys = excluded.keys"
)

_PUT_ENTRY: Final = (
    "INSERT INTO journal VALUES (?, ?, ?) ON CONFLICT (world, number) DO UPDATE SET line = excluded.line"
)
_PUT_NOTE: Final = (
    "INSERT INTO recordings VALUES (?, ?, ?, ?) ON CONFLICT (world, part, number) DO UPDATE SET line = excluded.line"
)

Unsaved = Mapping[tuple[str, str], KeyedRow | None]


class KeptRow(NamedTuple):
    """A row as it is written down; `data` is None for one that was removed, `keys` where they follow from the data."""

    kind: str
    id: str
    rev: int
    data: bytes | None
    keys: Mapping[str, JSON] | None


def kept_row(place: tuple[str, str], record: KeyedRow | None) -> KeptRow:
    """What is written of a row."""
    if record is None:
        return KeptRow(*place, 0, None, None)
    row, keys = record
    if isinstance(keys, tuple):  # a row that was put back, where its data may not tell its keys
        keys = as_keys(keys)
    return KeptRow(*place, row.rev, row.data, keys if type(keys) is dict and keys else None)


def packed(change: dict[str, JSON], rows: Iterable[KeptRow]) -> bytes:
    """A change as one line of JSON, and after it the data of its rows just as they are: they are most of it."""
    rows = list(rows)
    change["rows"] = [[kind, id, rev, None if data is None else len(data), keys] for kind, id, rev, data, keys in rows]
    return b"".join([orjson.dumps(change, default=list), b"\n", *[row.data for row in rows if row.data is not None]])


def unpacked(entry: bytes) -> tuple[dict[str, Any], list[KeptRow]]:
    """What was packed."""
    head, _, rest = entry.partition(b"\n")
    change: dict[str, Any] = orjson.loads(head)
    rows, at = [], 0
    for kind, id, rev, size, keys in change.pop("rows"):
        rows.append(KeptRow(kind, id, rev, None if size is None else rest[at : at + size], keys))
        at += size or 0
    return change, rows


def change_of(
    world: World, store: LayeredStore, journalled: int, noted: Sequence[int], *, is_set: bool
) -> bytes | None:
    """What a world has changed since it was kept last, None for nothing.

    So many entries are `journalled` already, and the recording's notes kept up to the marks `noted`; `is_set` says
    that its settings are others, clock and keys included.
    """
    change: dict[str, JSON] = {}
    if is_set:
        change["form"] = orjson.Fragment(text_of(forms.settings_form(world)))
    if store.counted:
        change["counters"] = store.counted
    if world.journal.total != journalled:
        change["journal"] = [world.journal.total, world.journal.rows_since(journalled)]
    if world.recording is not None and world.recording.notes.marks() != noted:
        change["notes"] = [noted, world.recording.notes.since(noted)]
    if not change and not store.layer.unsaved:
        return None
    change["ids"] = world.ids.counter
    return packed(change, [kept_row(place, record) for place, record in store.layer.unsaved.items()])


def log_audit(store: LayeredStore, audit: AuditLog) -> None:
    """Have the store keep the lines of the audit log that are new."""
    if audit.total != store.logged:
        for number, row in audit.since(store.logged):
            store.log(number, KeyedRow(Row("", 1, orjson.dumps(row, default=list)), {}))


def put_rows(database: Database, layer: int, rows: Iterable[KeptRow], *, are_new: bool = False) -> None:
    """Write rows into a layer; those that `are_new` are written faster."""
    values = [
        (layer, kind, id, rev, data, None if keys is None else text_of(keys)) for kind, id, rev, data, keys in rows
    ]
    if are_new:
        database.put_new_rows(values)
    else:
        database.executemany(_PUT_ROW, values)


def put_journal(database: Database, world: str, total: int, rows: Iterable[JSON]) -> None:
    """Write the last entries of a journal; those it has forgotten are deleted."""
    lines = [text_of(row) for row in rows]
    first = total - len(lines) + 1
    database.executemany(_PUT_ENTRY, [(world, first + at, line) for at, line in enumerate(lines)])
    database.execute("DELETE FROM journal WHERE world = ? AND number <= ?", (world, total - CAPACITY))


def put_notes(database: Database, world: str, marks: Sequence[int], notes: Mapping[str, list[Any]]) -> None:
    """Write what a recording has noted after these marks."""
    for first, (part, lines) in zip(marks, notes.items(), strict=True):
        database.executemany(
            _PUT_NOTE,
            [(world, part, first + at, text_of(line)) for at, line in enumerate(lines)],
        )


def settle(database: Database) -> None:
    """Put all lines into the tables. In a transaction of the caller's."""
    for (world,) in database.execute("SELECT DISTINCT world FROM changes"):
        settle_world(database, world)


def settle_world(database: Database, world: str) -> None:
    """Put the lines of a world into the tables. In a transaction of the caller's."""
    entries = database.waiting_lines(world)
    if entries:
        _put_lines(database, world, entries)
        database.lines_are_settled(world)


def _put_lines(database: Database, world: str, entries: Iterable[bytes]) -> None:
    found = database.execute("SELECT layer, form FROM worlds WHERE name = ?", (world,))
    if not found:
        return
    [(layer, text)] = found
    form = orjson.loads(text)
    rows: dict[tuple[str, str], KeptRow] = {}
    journal: list[JSON] = []
    total = 0
    for change, written in map(unpacked, entries):
        rows |= {(row.kind, row.id): row for row in written}
        form |= change.get("form", {})
        form["counters"] |= change.get("counters", {})
        form["ids"][1] = change["ids"]
        if "journal" in change:
            total, noted = change["journal"]
            journal += noted
        if "notes" in change:
            put_notes(database, world, *change["notes"])
    put_rows(database, layer, rows.values())
    logged = [row.id for row in rows.values() if row.kind == LOG]
    if logged:
        # What the audit log has forgotten, and no snapshot stands on this layer yet.
        oldest = log_id(max(0, int(logged[-1]) - 2 * AUDIT_CAPACITY))
        database.execute("DELETE FROM rows WHERE layer = ? AND kind = ? AND id <= ?", (layer, LOG, oldest))
    if journal:
        put_journal(database, world, total, journal)
    database.execute("UPDATE worlds SET form = ? WHERE name = ?", (text_of(form), world))
