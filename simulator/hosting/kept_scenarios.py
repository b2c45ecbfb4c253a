"""Scenarios that are played once and then read: what playing left is kept in a file of the user's own.

Decision: playing the demo takes half as long as all else of a start, and gives the same bytes each time. So a start
keeps what it played, as Python keeps what it compiled, under a digest of all that the playing follows from: the
letters of the simulator and the contracts, scenario, seed and start. Whatever else stands in the file is played anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

import kustomer_sandbox.contracts
import kustomer_sandbox.simulator
from kustomer_sandbox.simulator.records.records import KeysOfRecord
from kustomer_sandbox.simulator.store.index_keys import KeyInterner, as_keys
from kustomer_sandbox.simulator.store.memory import MemorySnapshot, MemoryStore
from kustomer_sandbox.simulator.store.protocol import Keys, Row
from kustomer_sandbox.simulator.store.tables import KeyedRow, Table
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.audit_log import AuditState
from kustomer_sandbox.simulator.world.world import World

Seeder = Callable[[World], None]

_PACKAGES = [path for package in (kustomer_sandbox.simulator, kustomer_sandbox.contracts) for path in package.__path__]
_SOURCES = (".py", ".yaml")
_MOST = 8
"""Files of a scenario that are left in the folder: each is of one seed and start."""


def kept(play: Seeder, folder: Path) -> Seeder:
    """A seeder that leaves in a world what `play` leaves; `folder` is the user's own, and nobody else may write there.

    Where nothing can be read or written the scenario is played.
    """

    def seed(world: World) -> None:
        key, plan = _key(world), _digest(f"{_PACKAGES[0]} {_plan(world)}".encode())
        file = folder / f"{world.scenario}-{plan[:16]}.world"
        if key is None or type(world.store) is not MemoryStore:  # one that is kept elsewhere tells of every write
            play(world)
        elif not _read(world, file, key):
            play(world)
            _write(file, world, world.store, key)
            _make_room(folder, world.scenario)

    return seed


def _make_room(folder: Path, scenario: str) -> None:
    """Remove all but the files that were written last."""
    with contextlib.suppress(OSError):
        files = sorted(folder.glob(f"{scenario}-*.world"), key=lambda file: file.stat().st_mtime_ns)
        for file in files[:-_MOST]:
            file.unlink()


def _read(world: World, file: Path, key: str) -> bool:
    """Fill a world from a file, unless it was written for something else or is damaged."""
    try:
        whole = file.read_bytes()
        head, _, rest = whole.partition(b"\n")
        if head.decode() != f"{key} {_digest(rest)}":
            return False
    except (OSError, UnicodeDecodeError):
        return False
    line, _, data = rest.partition(b"\n")
    facts = orjson.loads(line)
    world.store.restore(MemorySnapshot(tables=_tables(world, facts, data), counters={}))
    world.derived.forget()
    world.ids.counter = facts["ids"]
    world.audit_log.restore(_audit(facts["audit"]))
    for content in facts["files"]:
        world.files.keep(bytes.fromhex(content))
    return True


def _write(file: Path, world: World, store: MemoryStore, key: str) -> None:
    tables = store.snapshot().tables
    rows = {name: store.find(name, "id") for name in tables}
    keys = {name: _own_keys(world, name, table, rows[name]) for name, table in tables.items()}
    facts = {
        "tables": {name: [(row.id, row.rev, len(row.data)) for row in found] for name, found in rows.items()},
        "keys": {name: own for name, own in keys.items() if own},
        "ids": world.ids.counter,
        "audit": _audit_facts(world.audit_log.state()),
        "files": [content.hex() for content in world.files.held().values()],
    }
    rest = b"\n".join((orjson.dumps(facts), b"".join(row.data for found in rows.values() for row in found)))
    draft = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        draft.touch(mode=0o600)
        draft.write_bytes(f"{key} {_digest(rest)}\n".encode() + rest)
        draft.replace(file)


def _own_keys(world: World, name: str, table: Table, rows: Iterable[Row]) -> dict[str, Keys]:
    """The keys, by id, of what is indexed otherwise than its data tell, as what is kept beside the records is."""
    table.update_indexes()
    interner, found = KeyInterner(), {}
    for row in rows:
        held = table.records.get(row.id)
        expected = interner.interned(row.id, KeysOfRecord(world.records, name, row.data))
        if held is not None and isinstance(held.keys, tuple) and held.keys != expected:
            found[row.id] = as_keys(held.keys)
    return found


def _tables(world: World, facts: Mapping[str, Any], data: bytes) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    at = 0
    for name, rows in facts["tables"].items():
        table = tables[name] = Table()
        own = facts["keys"].get(name, {})
        for id, rev, length in rows:
            row = Row(id, rev, data[at : at + length])
            keys = own[id] if id in own else KeysOfRecord(world.records, name, row.data)
            table.replace(id, KeyedRow(row, keys))
            at += length
    return tables


_Row = tuple[Any, ...]


def _audit_facts(state: AuditState) -> list[_Row]:
    rows: list[_Row] = []
    row = state.latest
    while row is not None:
        rows.append(row[1:])
        row = row[0]
    return rows[::-1]


def _audit(rows: list[Any]) -> AuditState:
    latest: _Row | None = None
    for at, *middle, values, related in rows:
        instant = datetime.fromisoformat(at)
        latest = (latest, instant, *middle, tuple(map(tuple, values)), tuple(map(tuple, related)))
    return AuditState(latest, len(rows), None, len(rows))


def _key(world: World) -> str | None:
    """What the played world follows from; None if the sources cannot be read as files."""
    sources = _sources()
    return None if sources is None else _digest(f"{sources} {_plan(world)} {sys.version}".encode())


def _plan(world: World) -> str:
    """What of a world is chosen by who makes it."""
    return f"{world.ids.seed} {iso(world.clock.now())}"


@cache
def _sources() -> str | None:
    """A digest of the letters of the simulator and the contracts."""
    digest, files = hashlib.sha256(), 0
    for package in _PACKAGES:
        for folder, below, names in os.walk(package):
            below.sort()
            for name in sorted(names):
                if name.endswith(_SOURCES):
                    files += 1
                    digest.update(f"\0{name}\0".encode() + Path(folder, name).read_bytes())
    return digest.hexdigest() if files else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
