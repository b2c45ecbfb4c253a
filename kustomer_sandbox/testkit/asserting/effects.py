"""What a run has done to its world's records, told so that two runs can be compared: without ids and times."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from kustomer_sandbox.simulator.records.records import table_of
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.store.protocol import Row, Store
from kustomer_sandbox.simulator.world.journal import JournalEntry
from kustomer_sandbox.simulator.world.world import World

MADE = "made"
_NOTHING = b"{}"
_CHOSEN = frozenset({"displayColor", "displayIcon", "displayName"})
"""What the API chooses by itself, for every new record another."""

_MOVING = frozenset({"updatedAt", "modifiedAt", "lastActivityAt", "rev"}) | _CHOSEN
_SPANS = ("time", "Time", "At", "Duration")
"""How the names of numbers end that are spans of time."""

_TIME = re.compile(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z")
_ID = re.compile(rb"[0-9a-f]{24}")


class Effect(NamedTuple):
    """One record made, changed or deleted. `record` is its type, with the id if it was there before."""

    record: str
    how: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.record} {self.how}"


Effects = Counter[Effect]


class EffectsSince:
    """Tells what forks of a world have become since its present state, their own ids and instants left out."""

    def __init__(self, world: World) -> None:
        self.start: Store = world.store.fork()
        self._counter = world.ids.counter
        self._middle = world.ids.fork().new(world.clock.now())[8:18].encode()
        self._known: dict[tuple[bytes, bytes], tuple[str, bytes] | None] = {}

    def of(self, world: World, entries: Iterable[JournalEntry]) -> Effects:
        """What the calls and jobs of these entries have done that is still to be seen."""
        touched = dict.fromkeys(change.record for entry in entries for change in entry.changes)
        found = (self._effect(world, *record.split("/", 1)) for record in touched)
        return Counter(effect for effect in found if effect is not None)

    def _effect(self, world: World, kind: str, id: str) -> Effect | None:
        if kind == WINDOW:
            return None
        states = self._plain(self.start.get(table_of(kind), id)), self._plain(world.store.get(table_of(kind), id))
        if states not in self._known:  # most runs do the same
            self._known[states] = _change(*states)
        change = self._known[states]
        return None if change is None else Effect(kind if change[0] == MADE else f"{kind}/{id}", *change)

    def _plain(self, row: Row | None) -> bytes:
        return _ID.sub(self._old_id, _TIME.sub(b"time", row.data)) if row else b"null"

    def _old_id(self, found: re.Match[bytes]) -> bytes:
        id = found[0]
        return b"new" if id[8:18] == self._middle and int(id[18:], 16) > self._counter else id


def _change(before: bytes, after: bytes) -> tuple[str, bytes] | None:
    """What happened to a record, and what it has become by that; None for nothing that counts."""
    old, new = _parts(before), _parts(after)
    if new is None:
        return None if old is None else ("deleted", b"")
    if old is None:
        return MADE, _content(new)
    changed = _content({name: new.get(name) for name in {*old, *new} if old.get(name) != new.get(name)})
    return None if changed == _NOTHING else ("changed", changed)


def _parts(data: bytes) -> dict[str, Any] | None:
    """Attributes and relationships of a record by name; None if there is none, or it is deleted."""
    record = orjson.loads(data)
    if record is None or record.get("deleted"):
        return None
    parts = ("attributes", "relationships")
    return {f"{part}.{name}": value for part in parts for name, value in (record.get(part) or {}).items()}


def _content(parts: dict[str, Any]) -> bytes:
    return orjson.dumps(_without_moving(parts), option=orjson.OPT_SORT_KEYS)


def _without_moving(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return {name: _without_moving(value) for name, value in node.items() if not _is_moving(name, value)}
    return [_without_moving(value) for value in node] if isinstance(node, list) else node


def _is_moving(name: str, value: object) -> bool:
    last = name.rpartition(".")[2]
    return last in _MOVING or (isinstance(value, int | float) and last.endswith(_SPANS))
