"""The audit log of an organisation, written by the seam of changes: compact rows, made entries when they are read.

Decision: a row is one tuple whose first member is the row before it. So a fork or a snapshot of the log is a reference,
going back is setting one, and a call pays for a tuple only. Of a change just the values that differ are kept, as they
are; who shows them masks them. Creations and deletions keep none. An unmasking window is told as what it is to callers:
an attribute of its customer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.values.audit import AuditedValue, AuditEntry, AuditVerb
from kustomer_sandbox.simulator.values.change import Change
from kustomer_sandbox.simulator.values.record import JSON

AUDITED = frozenset({
    "bill_subscription", "business_rule", "company", "conversation", "customer", "message", "search", "shortcut",
    "user", "work_item", "ip_rule", "work_session", "shopify_rest",
})  # fmt: skip
"""The types of records that the log can be filtered by, and so tells of (operation/GetAuditLogs)."""

CAPACITY = 10_000
"""So many entries are kept at the least; those before the latest twice as many are forgotten."""

_NONE: dict[str, Any] = {}
_Row = tuple[Any, ...]


class AuditState(NamedTuple):
    """A log as it stood at some time."""

    latest: _Row | None = None
    kept: int = 0
    older: _Row | None = None
    total: int = 0


class AuditLog:
    """Entries, newest first; `total` counts those forgotten, too."""

    __slots__ = ("_kept", "_latest", "_older", "total")

    def __init__(self, state: AuditState = AuditState()) -> None:  # noqa: B008 - it cannot be changed
        self.restore(state)

    def state(self) -> AuditState:
        """The log as it is now, to go back to or to fork it from. Copies nothing."""
        return AuditState(self._latest, self._kept, self._older, self.total)

    def restore(self, state: AuditState) -> None:
        """Go back to a state."""
        self._latest, self._kept, self._older, self.total = state

    def keep(self, change: Change) -> None:
        """A subscriber: note a change of a record that is audited."""
        at, by, operation, _, type_, id, before, after, names = change
        values: _Row
        related: _Row
        if type_ not in AUDITED:
            if type_ == WINDOW:
                values = (("unmaskingWindow", before, after),)
                self._add((at, by.user_id, by.user_type, operation, "update", "customer", id, id, values, ()))
            return
        verb: AuditVerb = "create"
        values, related = (), ()
        relationships = (after or before or _NONE).get("relationships", _NONE)
        if before is not None:
            verb = "delete"
            if after is not None and (before.get("deleted") or not after.get("deleted")):
                verb = "update"
                old, new = before["attributes"], after["attributes"]
                values = tuple([(name, old.get(name), new.get(name)) for name in names])
                was = before.get("relationships", _NONE)
                if was is not relationships:
                    related = _differing(was, relationships)
        customer = relationships.get("customer")
        owner = customer and customer["id"]
        self._add((at, by.user_id, by.user_type, operation, verb, type_, id, owner, values, related))

    def _add(self, row: _Row) -> None:
        """One more entry, as `_entry` reads it behind the one before."""
        self._latest = (self._latest, *row)
        self.total += 1
        self._kept += 1
        if self._kept >= CAPACITY:
            self._older, self._latest, self._kept = self._latest, None, 0

    def since(self, total: int) -> list[tuple[int, _Row]]:
        """What was noted after so many entries and is still kept, oldest first: its number, and its plain values."""
        found, number = [], self.total
        for row in self._rows():
            if number <= total:
                break
            found.append((number, row[1:]))
            number -= 1
        return found[::-1]

    def take_back(self, lines: Iterable[tuple[int, Sequence[Any]]]) -> None:
        """Have what `since` gave, noted anew: lines in the order of their numbers, which need not begin with 1."""
        for number, (at, *rest, values, related) in lines:
            self.total = number - 1
            pairs = tuple(map(tuple, values)), tuple(map(tuple, related))
            self._add((at, *rest, *pairs))

    def _rows(self) -> Iterator[_Row]:
        for chain in (self._latest, self._older):
            row = chain
            while row is not None:
                yield row
                row = row[0]

    def entries(self, org: str) -> Iterator[AuditEntry]:
        """What is kept, newest first. The ids follow from the organisation's and take none of the world's."""
        middle = hashlib.sha256(f"{org}/audit".encode()).hexdigest()[:10]
        number = self.total
        for row in self._rows():
            yield _entry(row, middle, number)
            number -= 1


def _differing(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> tuple[AuditedValue, ...]:
    """The relationships that differ. Who changed the record last is told anyway."""
    names = [name for name in {**before, **after} if name != "modifiedBy"]
    return tuple([(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)])


def _entry(row: _Row, middle: str, number: int) -> AuditEntry:
    _, at, user, user_type, operation, verb, type_, id, customer, values, related = row
    return AuditEntry(
        id=f"{int(at.timestamp()):08x}{middle}{number:06x}",
        number=number,
        at=at,
        user=user,
        user_type=user_type,
        operation=operation,
        verb=verb,
        type=type_,
        record=id,
        customer=id if type_ == "customer" else customer or "",
        attributes=values,
        relationships=related,
    )
