"""Has generated calls meet records there are: an id made up at random is one of nothing, and only ever not found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any
from urllib.parse import quote
from zlib import crc32

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation

from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.world.world import World

_ID = re.compile("[0-9a-f]{24}")
_PARAMETER = re.compile(r".*\{(\w+)\}")
LISTS = {"assignedUsers": "user", "assignedTeams": "team", "members": "user"}
"""Fields that hold several ids, and of what."""

LONGEST = 255
"""Characters of a path's value at most: what longer ones answer is for the tests of validation."""

OLDEST, NEWEST = 20, 20
"""Whose ids are lent: some of the scenario's own records, and some that earlier calls made."""


@dataclass(frozen=True, slots=True)
class Living:
    """Puts ids of a world's records in place of made-up ones: three of four times, as the case's content decides.

    What does not fit its schema stays as it is, so what is wrong with a case stays wrong.
    """

    world: World
    own_user: str
    """The user behind the caller's key: never lent, because changes to it would end the test's own rights."""

    def lend(self, case: Case[Any]) -> None:
        """Change a case's path and body."""
        number = crc32(repr((case.path_parameters, case.query, case.body)).encode())
        if number % 4 == 0:
            return
        # Set only if changed: schemathesis then judges anew whether the case is a valid one.
        if case.path_parameters and case.meta and not case.meta.is_negative_at(ParameterLocation.PATH):
            path = {**case.path_parameters, **dict(self._in_path(case, number // 4))}
            if path != case.path_parameters:
                case.path_parameters = path
        if isinstance(case.body, dict):
            body = {name: self._in_body(name, value, number // 4) for name, value in case.body.items()}
            if body != case.body:
                case.body = body

    @contextmanager
    def outliving(self, case: Case[Any]) -> Iterator[None]:
        """Have what a call deletes back after it: else none would be left to meet."""
        before = self.world.snapshot() if case.method == "DELETE" else None
        yield
        if before is not None:
            self.world.restore(before)
            self.world.snapshots.forget(before)

    def _in_path(self, case: Case[Any], number: int) -> Iterator[tuple[str, str]]:
        """Other values for a path's parameters, each of the record that the segment before it tells of."""
        klass = None
        for before, segment in pairwise(case.operation.path.split("/")):
            name = found[1] if (found := _PARAMETER.fullmatch(segment)) else ""
            if name == "name":
                klass = _chosen(self._some("klass"), number)["attributes"]["name"]
                yield name, klass
            elif name and name in KNOWN_BY:
                kind = "kobject" if before == "{name}" else self._kind_of(before, case.operation.path)
                records = [record for record in self._some(kind, name) if klass in (None, record.get("klass"))]
                values = [quote(value, safe="") for record in records for value in KNOWN_BY[name](record)]
                # Schemathesis holds what is lent against the schema as it is written in the path, escapes and all.
                if fitting := [value for value in values if len(value) <= LONGEST]:
                    yield name, _chosen(fitting, number)

    def _in_body(self, name: str, value: Any, number: int) -> Any:
        if _is_id(value) and name in {kind.type for kind in self.world.records.kinds()}:
            return self._id(name, value, number)
        if name in LISTS and isinstance(value, list) and value and _is_id(value[0]):
            # Only the first: two made-up ids that differ could be lent the same record's.
            return [self._id(LISTS[name], value[0], number), *value[1:]]
        return value

    def _id(self, kind: str, id: str, number: int) -> str:
        records = self._some(kind)
        return str(_chosen(records, number)["id"]) if records else id

    def _some(self, kind: str, index: str = "id") -> list[Record]:
        """Some living records, those with a value in an index if the kind has one of that name."""
        known = self.world.records.resource(kind).indexes
        index = next((name for name in (index, "live") if name in known), "id")
        find = self.world.records.find
        found = [*find(kind, index, limit=OLDEST), *find(kind, index, order="desc", limit=NEWEST)]
        return [record for record in found if record["id"] != self.own_user and not record.get("deleted")]

    def _kind_of(self, segment: str, path: str) -> str:
        """The record type behind `/v1/<segment>/{id}`; of a segment that names none, that which the path is about."""
        named = (kind.type for kind in self.world.records.kinds() if kind.path.split("/")[-2:] == [segment, "{id}"])
        about = (one.resource.type for one in self.world.contracts.operations.values() if one.path == path)
        return next(chain(named, about))


def _ids(record: Record) -> list[str]:
    return [record["id"]]


def _addresses(record: Record) -> list[str]:
    return [entry["email"] for entry in record["attributes"].get("emails") or ()]


def _numbers(record: Record) -> list[str]:
    return [entry["phone"] for entry in record["attributes"].get("phones") or ()]


def _external_ids(record: Record) -> list[str]:
    attributes = record["attributes"]
    entries = [attributes, *(attributes.get("externalIds") or ())]
    return [entry["externalId"] for entry in entries if entry.get("externalId")]


KNOWN_BY = {"id": _ids, "email": _addresses, "phone": _numbers, "externalId": _external_ids}
"""Path parameters that stand for a record, and a record's values for them."""


def _chosen(items: list[Any], number: int) -> Any:
    return items[number % len(items)]


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
