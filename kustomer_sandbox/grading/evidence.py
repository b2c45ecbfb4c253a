"""What criteria look at: the world before and after, the difference, and what the agent did."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from hashlib import blake2b

import orjson

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.grading.trace import Trace, TracedCall
from kustomer_sandbox.simulator.records.diff import Diff, diff, maskable_paths
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.asserting.changes import STAMPS
from kustomer_sandbox.testkit.pii.sensitive import Baselines, Search, sensitive_values

RELATED = frozenset({"customer", "queue", "company"})
"""Relations that calls set; the journal names attributes alone."""

_BASELINES: Baselines = {}
"""The sensitive values of worlds as they begin, by a digest of their records."""
_MOST_BASELINES = 64


class Evidence:
    """The two states of a run and its trace. Looking changes neither."""

    def __init__(self, before: Store, after: World, trace: Trace) -> None:
        self.before = before
        self.after = after
        self.trace = trace

    @cached_property
    def diff(self) -> Diff:
        """What differs."""
        return diff(self.before, self.after.store, self.after.contracts.resources.values())

    @cached_property
    def search(self) -> Search:
        """Finds the values that the world masks."""
        world = self.after
        if len(_BASELINES) > _MOST_BASELINES:
            _BASELINES.clear()
        plan = (_digest(self.before, world.contracts),)
        return Search(sensitive_values(world, self.before, known=_BASELINES, plan=plan))

    def record(self, id: str) -> Record | None:
        """The record of an id as it is in the end, whatever its type; None if it is gone."""
        return _record(self.after.store, self.after.contracts, id)

    def was(self, id: str) -> Record | None:
        """The same as it was in the beginning."""
        return _record(self.before, self.after.contracts, id)

    def made(self, kind: str) -> list[Record]:
        """The records of a type that are new."""
        found = (self.record(id) for id in self.diff.of(kind).created)
        return [record for record in found if record is not None]

    def writers(self, id: str, names: frozenset[str] = frozenset()) -> tuple[int, ...]:
        """The agent's calls that changed a record, or one of these attributes; relations are not told apart."""
        names = frozenset() if names & RELATED else names
        calls = (call for call in self.trace.calls if call.is_the_agents_doing)
        return tuple(call.seq for call in calls if _writes(call, id, names))

    def is_hidden(self, record: Record, path: str) -> bool:
        """Whether an attribute is one that can be masked: its value is not told."""
        resource = self.after.records.resource(record["type"])
        return maskable_paths(resource).covers(("attributes", *path.split(".")))


def _digest(store: Store, contracts: Contracts) -> bytes:
    """Tells a state of records from any other."""
    found = blake2b(digest_size=16)
    for resource in contracts.resources.values():
        for row in store.find(resource.type, "id"):
            found.update(row.data)
    return found.digest()


def value_at(record: Record, path: str) -> JSON:
    """What a record holds: an attribute by its path, or the id (or ids) of what it is related to."""
    first, *rest = path.split(".")
    related = record.get("relationships", {})
    if first not in record["attributes"] and first in related:
        found = related[first]
        return [item["id"] for item in found] if isinstance(found, list) else found and found["id"]
    node: JSON = record["attributes"].get(first)
    for part in rest:
        if isinstance(node, list):
            node = node[int(part)] if part.isdigit() and int(part) < len(node) else None
        else:
            node = node.get(part) if isinstance(node, dict) else None
    return node


@cache
def _settable_of(operations: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind, names in operations:
        found.setdefault(kind, set()).update(names)
    return {kind: frozenset(names) for kind, names in found.items()}


def settable(contracts: Contracts) -> dict[str, frozenset[str]]:
    """The attributes of each type that a call can set. All others the world works out by itself."""
    written = tuple(
        (operation.resource.type, tuple(sorted(_names(operation.body, contracts))))
        for operation in contracts.operations.values()
        if operation.body is not None
    )
    return _settable_of(written)


def _names(schema: JSON, contracts: Contracts) -> Iterator[str]:
    """The properties of a body, through references and choices."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        node: JSON = contracts.document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        yield from _names(node, contracts)
    yield from schema.get("properties", {})
    for choice in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(choice, ()):
            yield from _names(part, contracts)


def _writes(call: TracedCall, id: str, names: frozenset[str]) -> bool:
    return any(
        change.record.endswith(f"/{id}")
        and not change.record.startswith(WINDOW)
        and (not names or change.kind != "update" or names & set(change.attributes))
        for change in call.entry.changes
    )


def _record(store: Store, contracts: Contracts, id: str) -> Record | None:
    for resource in contracts.resources.values():
        row = store.get(resource.type, id)
        record: Record | None = orjson.loads(row.data) if row else None
        if record is not None and resource.type != WINDOW and "attributes" in record and not record.get("deleted"):
            return record
    return None


def is_stamp(path: str) -> bool:
    """Whether every change of a record brings this along."""
    return path in STAMPS
