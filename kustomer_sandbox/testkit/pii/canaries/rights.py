"""Who has a right to a canary: whoever looks while its owner's window is open, and everybody once it is not masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

import orjson

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.records.records import table_of
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.canaries.calls import GeneratedCall
from kustomer_sandbox.testkit.pii.canaries.marks import Canaries, CanaryHome

_ID = re.compile(r"\b[0-9a-f]{24}\b")
_DRAFT, _NOTE = "draft", "note"


class Rights(Protocol):
    """Takes from the canaries that were found those that may be seen.

    `also` are customers that the call itself opened.
    """

    def without(self, found: set[int], also: Iterable[str] = ()) -> set[int]: ...
    def note(self, operation: Operation, call: GeneratedCall, answer: bytes) -> None: ...


@dataclass(slots=True)
class WorldRights:
    """By the world itself, at this instant: its flags, its windows, and whose each record is now."""

    world: World
    canaries: Canaries

    def without(self, found: set[int], also: Iterable[str] = ()) -> set[int]:
        hidden = {serial for serial in found if all(map(self._is_masked, self.canaries.homes[serial]))}
        if hidden:
            hidden -= self._sent_as_notes(hidden)
        owners = {*also, *(window.customer for window in windows(self.world))}
        return hidden - self._of(owners) if hidden and owners else hidden

    def note(self, operation: Operation, call: GeneratedCall, answer: bytes) -> None:
        """The world knows what was done."""

    def _is_masked(self, home: CanaryHome) -> bool:
        return self.world.masked_paths(home.type).covers(home.path)

    def _sent_as_notes(self, hidden: set[int]) -> set[int]:
        """Those of drafts that have become notes by now, which are never masked."""
        of_drafts = {serial for serial in hidden if {home.type for home in self.canaries.homes[serial]} == {_DRAFT}}
        notes = self.world.store.find(_NOTE, "id") if of_drafts else []
        in_notes: set[int] = set()
        for row in notes:
            in_notes |= self.canaries.named_in(row.data.decode())
        return of_drafts & in_notes

    def _of(self, owners: set[str]) -> set[int]:
        """The canaries in what belongs to some customers."""
        found: set[int] = set()
        for kind in {table_of(resource.type) for resource in self.world.contracts.resources.values()}:
            for row in self.world.store.find(kind, "id"):
                record = orjson.loads(row.data)
                if {"type", "attributes"} <= record.keys() and self.world.owner(record) in owners:
                    found |= self.canaries.named_in(row.data.decode())
        return found


@dataclass(slots=True)
class KnownRights:
    """By what the driver itself has seen: whose canaries it brought, which windows it opened and did not close.

    Customers whose records may have got mixed, by a merge or a conversation that was moved, count as one.
    """

    canaries: Canaries
    opened: set[str] = field(default_factory=set)
    _of_notes: set[int] = field(default_factory=set)
    """Canaries in drafts of notes, which are never masked once they are notes."""
    _owners: dict[str, str] = field(default_factory=dict)
    _joined: dict[str, str] = field(default_factory=dict)

    def note(self, operation: Operation, call: GeneratedCall, answer: bytes) -> None:
        """Remember a window that was opened or closed, whose canaries came in, and who got mixed with whom."""
        asked = _ID.findall(f"{call.path} {call.arguments}")
        if operation.unmasking and asked:
            (self.opened.add if operation.unmasking == "opens" else self.opened.discard)(asked[0])
        elif operation.method != "GET":
            self._take_in(call.planted, record_in(answer))

    def _take_in(self, planted: Iterable[int], record: Record | None) -> None:
        related = [_related(record, name) for name in ("customer", "source", "target")] if record else []
        owner = record["id"] if record and record["type"] == "customer" else next(filter(None, related), "")
        if record and record.get("attributes", {}).get("channel") == _NOTE:
            self._of_notes.update(planted)
        for serial in planted:
            self.canaries.homes[serial] = [replace(home, owner=owner) for home in self.canaries.homes[serial]]
        if record:
            for other in filter(None, [self._owners.get(record["id"]), *related]):
                self._joined[self._group(other)] = self._group(owner)
            self._owners[record["id"]] = owner

    def without(self, found: set[int], also: Iterable[str] = ()) -> set[int]:
        open_to = {self._group(customer) for customer in {*also, *self.opened}}
        return {
            serial
            for serial in found - self._of_notes
            if not any(self._group(home.owner) in open_to for home in self.canaries.homes[serial] if home.owner)
        }

    def _group(self, customer: str) -> str:
        seen = customer
        while (above := self._joined.get(seen, seen)) != seen:
            seen = above
        return seen


def record_in(answer: bytes) -> Record | None:
    """The record that an answer shows, if it shows one."""
    try:
        document = orjson.loads(answer.partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return None
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) and {"type", "id"} <= data.keys() else None


def _related(record: Record, name: str) -> str:
    leads = (record.get("relationships") or {}).get(name)
    data = leads.get("data") if isinstance(leads, dict) else None
    return str(data.get("id", "")) if isinstance(data, dict) else ""
