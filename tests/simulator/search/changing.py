"""Worlds that change, and one search asked in both ways: by columns and record by record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.hosting.keys import issue_key_of
from kustomer_sandbox.simulator.resources import search
from kustomer_sandbox.simulator.search.attributes import type_of
from kustomer_sandbox.simulator.values.errors import Conflict
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import World
from tests.simulator.search import naive
from tests.simulator.search.furnished import ARCHIVE, SEARCH, Furnished
from tests.world_client import Answer, WorldClient

TYPES = ("customer", "company", "conversation", "message", "note", "kobject", "conversation_time", "work_item")
CONTEXTS = (*TYPES, "kobject_order")
ARCHIVED = ("customer", "company", "conversation", "message", "kobject", "kobject_order")
EVERYTHING, NOTHING = 10**9, -1
"""So many records are looked at one by one."""


class Undone(Exception):
    """Ends a transaction, so that nothing in it has happened."""


@contextlib.contextmanager
def columns_above(few: int) -> Iterator[None]:
    """Searches that could find more records than this are answered from columns."""
    before, search.FEW = search.FEW, few
    try:
        yield
    finally:
        search.FEW = before


def both(client: WorldClient, path: str, body: JSON, query: str) -> tuple[Answer, Answer]:
    """The answer by columns, and the one of the evaluator that looks at every record."""
    with columns_above(NOTHING):
        by_columns = client.post(path, body, query=query)
    with columns_above(EVERYTHING):
        return by_columns, client.post(path, body, query=query)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What one of the two searches can be asked of a furnished world, so that something is found."""

    criteria: Sequence[dict[str, Any]]
    sorts: Mapping[str, Sequence[str]]


def vocabulary_of(records: Furnished, path: str) -> Vocabulary:
    known = records.world.contracts.search
    facts = {name: fact for name, fact in known.items() if (fact.archive if path == ARCHIVE else fact.standard)}
    criteria = [
        {name: {operator: wanted}}
        for name, fact in facts.items()
        for operator, wanted in naive.asked(fact, records.there(type_of(name) or "customer"))
    ]
    custom = dict.fromkeys(
        f"{kind}_custom_{'' if kind != 'kobject' else record['klass'] + '_'}{name}"
        for kind in ("customer", "conversation", "kobject")
        for record in records.there(kind)
        for name in record["attributes"].get("custom", {})
        if path == SEARCH
    )
    criteria += [{name: {operator: ""}} for name in custom for operator in ("set", "not_set")]
    sorts = {
        kind: [name for name, fact in facts.items() if type_of(name) == kind and _sorts(fact, path)] for kind in TYPES
    }
    return Vocabulary(criteria=criteria, sorts=sorts)


def _sorts(fact: SearchAttribute, path: str) -> bool:
    return fact.sortable or fact.operator == "datetime" or (path == ARCHIVE and fact.archive_sortable)


class Changing:
    """A few worlds that come from one; `client` calls the one in hand."""

    def __init__(self, records: Furnished) -> None:
        self._first = self.client = records.client
        self._snapshot = records.world.snapshot()
        self._clients = [self.client]
        self._kept: list[str] = []
        self.focus = TYPES[0]
        """Every other record that is changed is of this type."""

    @property
    def world(self) -> World:
        return self.client.world

    def end(self) -> None:
        """Back to the one world, as it was."""
        for client in self._clients[1:]:
            client.api.worlds.drop(client.world.name)
        self._first.world.restore(self._snapshot)

    def fork(self, _at: int) -> None:
        """Goes on in a fork of the world in hand."""
        api, name = self.client.api, f"{self._first.world.name}/{len(self._clients)}"
        world = api.worlds.fork(self.world, name)
        who = self.world.live_keys()[0]
        key, _ = issue_key_of(api.worlds, world, who)
        self.client = WorldClient(api, world, key)
        self._clients.append(self.client)

    def turn(self, at: int) -> None:
        """Goes on in another one of the worlds."""
        self.client = self._clients[at % len(self._clients)]

    def keep(self, _at: int) -> None:
        self._kept = [self.world.name, self.world.snapshot()]

    def go_back(self, _at: int) -> None:
        if self._kept and self._kept[0] == self.world.name:
            self.world.restore(self._kept[1])

    def wait(self, at: int) -> None:
        """Some months, which let records pass into the archive."""
        self.world.clock.move_to(self.world.clock.now() + timedelta(days=at % 400))

    def change(self, at: int) -> None:
        """A record takes over some of what another one says."""
        record, other = self._pick(at), self._pick(at * 31)
        if record is not None and other is not None and record["type"] == other["type"]:
            names = sorted(other["attributes"])
            for name in names[at % 3 :: 3]:
                record["attributes"][name] = other["attributes"][name]
            record["relationships"] |= other["relationships"] if at % 2 else {}
            self._store(record)

    def age(self, at: int) -> None:
        """A record was last updated years ago, or never."""
        record = self._pick(at)
        if record is not None:
            record["attributes"]["updatedAt"] = f"20{20 + at % 7}-03-04T05:06:07.000Z"
            if at % 5 == 0:
                del record["attributes"]["updatedAt"]
            self._store(record)

    def delete(self, at: int) -> None:
        """A record becomes a tombstone, or one comes back."""
        record = self._pick(at)
        if record is not None:
            record["deleted"] = not record.get("deleted")
            self._store(record)

    def remove(self, at: int) -> None:
        """A record is there no more; one of the same id may come back later."""
        record = self._pick(at)
        if record is not None:
            self.world.records.remove(record["type"], record["id"])

    def double(self, at: int) -> None:
        """There is another record like one that is there."""
        record = self._pick(at)
        if record is not None and self.world.records.get(record["type"], f"{at:024x}", deleted=True) is None:
            with contextlib.suppress(Conflict):
                self.world.records.insert({**record, "id": f"{at:024x}"})

    def undo(self, at: int) -> None:
        """Changes that are searched for while they are made, and then have not happened."""
        with contextlib.suppress(Undone), self.world.store.transaction():
            self.change(at)
            self.remove(at * 17 + 3)
            by_columns, one_by_one = both(self.client, SEARCH, {"queryContext": TYPES[at % len(TYPES)]}, "")
            assert by_columns.json == one_by_one.json
            raise Undone

    def _pick(self, at: int) -> Record | None:
        found = self.world.records.find(self.focus if at % 2 else TYPES[at % len(TYPES)])
        return found[at // len(TYPES) % len(found)] if found else None

    def _store(self, record: Record) -> None:
        with contextlib.suppress(Conflict):
            self.world.records.update(record)


ACTS = ("change", "change", "age", "delete", "remove", "double", "undo", "fork", "turn", "keep", "go_back", "wait")
