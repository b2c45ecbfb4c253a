"""What happened in a world, call by call, without any personal data: templates and ids, never values.

Decision: a call is kept as one plain tuple and turned into an `Entry` when somebody reads it. Every call pays
for the journal and few entries are ever read.

A caller may say what it acts for, in two request headers; any other API ignores them:
`x-mcp-tool` names the tool that was called, `x-mcp-call` identifies the call, so that the REST calls of one
tool call can be told from those of another. What no tool server would send is not kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypedDict, Unpack

from kustomer_sandbox.simulator.values.change import Change, ChangeKind
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.world.journal_summary import NO_CALLS, JournalSummary, summarise

CAPACITY = 10_000
"""Entries kept per world; older ones are forgotten."""

REFUSAL = ("code", "rule", "problems")
"""Names of what a step's values are. `problems` are a tuple of `problem`."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}", re.ASCII)

Step = tuple[str, str, tuple[str, ...], tuple[Any, ...]]
"""One decision: step (`role`, `budget`, `rule` …), outcome, the names of its details, and their values."""


class Wanted(TypedDict, total=False):
    """What entries may be chosen by; all that are given must hold.

    `status` is a number or a class such as `4xx`; `path` a prefix; `channel` that of the record answered.
    """

    operation: str
    method: str
    path: str
    status: int | str
    tool: str
    call: str
    customer: str
    channel: str
    key: str


class RecordChange(NamedTuple):
    """What a call did to one record: `conversation/6a…`, insert, update or delete, and the attributes that differ.

    Names only. A delete names none.
    """

    record: str
    kind: ChangeKind
    attributes: tuple[str, ...]


class ChangeNotes(list[tuple[str, ChangeKind, tuple[str, ...]]]):
    """What one entry says of changes: the values of a `RecordChange` each, as plain as the rest of a row."""

    def add(self, change: Change) -> None:
        """A subscriber: notes names and ids of the change it is told of, no value."""
        self.append((f"{change.type}/{change.id}", change.kind, change.attributes))

    def told(self) -> tuple[RecordChange, ...]:
        """As an entry has them."""
        return tuple(RecordChange(*change) for change in self)


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalEntry:
    """One call: `path` shows values other than ids as `***`, `trace` what each step decided.

    `customer` is the id of the customer concerned, `record` type and id of the record answered, `channel` that
    record's channel, `tool` and `call` what the caller said it acts for, `changes` what the call did to records, in
    the order in which it did so; a call that was refused changed none. Status 0 is a call without an answer.
    An event that falls due is an entry too: `DUE`, its kind as the path, 200 with what it happened to, 204 if there
    was nothing left to do, 500 if it failed. So is what was tied to a call: `WHEN`, its id as the path, one entry for
    each act, right behind the call or before it.
    """

    at: str
    method: str
    path: str
    operation: str
    status: int
    key: str
    trace: tuple[Step, ...] = ()
    fault: str = ""
    customer: str = ""
    record: str = ""
    channel: str = ""
    tool: str = ""
    call: str = ""
    changes: tuple[RecordChange, ...] = ()
    seq: int = 0

    def steps(self) -> list[dict[str, Any]]:
        """The trace as `{step, outcome, detail: {…}}`."""
        return [
            {"step": step, "outcome": outcome, "detail": dict(zip(names, values, strict=True))}
            for step, outcome, names, values in self.trace
        ]

    def shown(self) -> dict[str, Any]:
        """The entry as the control API shows it."""
        changes = [change._asdict() | {"attributes": list(change.attributes)} for change in self.changes]
        return {name: getattr(self, name) for name in FIELDS} | {"trace": self.steps(), "changes": changes}


FIELDS = tuple(item.name for item in fields(JournalEntry))
JournalRow = tuple[Any, ...]
"""An entry's values in the order of its fields, without `seq`; the first may still be an instant."""

_AT = {name: place for place, name in enumerate(FIELDS)}


class JournalMismatch(AssertionError):
    """The journal holds another number of entries than expected; the message shows the nearest ones."""


def word(text: str) -> str:
    """A name given by a caller, if it looks like one: anything else may be a value and is not kept."""
    return text if _WORD.fullmatch(text) else ""


def place_of(fault: BaseException) -> str:
    """Class and place of an unexpected fault, without its message: messages may hold values."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
    return f"{type(fault).__name__} at {place}"


@dataclass(slots=True)
class Journal:
    """A bounded list of entries, numbered from 1; `total` counts those forgotten, too."""

    total: int = 0
    _rows: deque[JournalRow] = field(default_factory=lambda: deque(maxlen=CAPACITY))
    _listeners: tuple[Callable[[], None], ...] = field(default=(), repr=False, compare=False)

    def add(self, entry: JournalEntry) -> None:
        self.keep(tuple(getattr(entry, name) for name in FIELDS[:-1]))

    def keep(self, row: JournalRow) -> None:
        """Add an entry by its values."""
        self.total += 1
        self._rows.append(row)
        for tell in self._listeners:
            tell()

    @contextmanager
    def heard_by(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have somebody told, at once, that an entry was added or all were forgotten. It must not take long."""
        self._listeners = (*self._listeners, tell)
        try:
            yield
        finally:
            self._listeners = tuple(other for other in self._listeners if other is not tell)

    @property
    def entries(self) -> list[JournalEntry]:
        """All entries still kept, oldest first."""
        return self.find()

    @property
    def last_call(self) -> int:
        """The number of the latest entry that is a call, nothing that fell due or was tied to one; 0: none is kept."""
        back = next((back for back, row in enumerate(reversed(self._rows)) if row[_AT["method"]] not in NO_CALLS), None)
        return 0 if back is None else self.total - back

    def find(
        self, *, since: int = 0, until: int | None = None, limit: int | None = None, **wanted: Unpack[Wanted]
    ) -> list[JournalEntry]:
        """Entries after number `since`, up to `until`, that are as wanted, oldest first, no more than `limit`."""
        fitting = (pair for pair in self._numbered(since, until) if _fits(pair[1], wanted))
        return [_entry(row, seq) for seq, row in islice(fitting, limit)]

    def last(
        self, *, since: int = 0, until: int | None = None, limit: int, **wanted: Unpack[Wanted]
    ) -> list[JournalEntry]:
        """As `find`, but the last of them; oldest first as well."""
        backwards = reversed(list(self._numbered(since, until)))
        found = list(islice((pair for pair in backwards if _fits(pair[1], wanted)), limit))
        return [_entry(row, seq) for seq, row in reversed(found)]

    def since(self, seq: int, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` entries after number `seq`, oldest first, as the control API shows them."""
        return [entry.shown() for entry in self.find(since=seq, limit=limit)]

    def count(self, *, since: int = 0, **wanted: Unpack[Wanted]) -> int:
        """How many of the entries after number `since` are as wanted."""
        return sum(_fits(row, wanted) for _, row in self._numbered(since))

    def expect(self, *, times: int = 1, after: int = 0, **wanted: Unpack[Wanted]) -> list[JournalEntry]:
        """Exactly `times` entries after number `after` are as wanted; gives them, or raises `JournalMismatch`."""
        found = self.find(since=after, **wanted)
        if len(found) != times:
            raise JournalMismatch(self._mismatch(times, after, wanted, len(found)))
        return found

    def summary(self, *, since: int = 0, **wanted: Unpack[Wanted]) -> JournalSummary:
        """Sub-sums of the entries after number `since` that are as wanted; as text (`str`) one line for each kind."""
        return summarise(self.find(since=since, **wanted))

    def clear(self) -> None:
        self._rows.clear()
        self.total = 0
        for tell in self._listeners:
            tell()

    def rows_since(self, seq: int) -> list[JournalRow]:
        """The plain values of the entries after number `seq` that are kept, oldest first."""
        count = min(self.total - seq, len(self._rows))
        return [self._rows[at] for at in range(-count, 0)]

    def take_back(self, total: int, rows: Iterable[JournalRow]) -> None:
        """Have the entries that `rows_since` gave; so many there were in all."""
        self._rows.extend(rows)
        self.total = total

    def _numbered(self, since: int, until: int | None = None) -> Iterator[tuple[int, JournalRow]]:
        first = self.total - len(self._rows)
        for seq, row in enumerate(self._rows, first + 1):
            if seq > since and (until is None or seq <= until):
                yield seq, row

    def _mismatch(self, times: int, after: int, wanted: Wanted, found: int) -> str:
        asked = ", ".join(f"{name}={value!r}" for name, value in wanted.items()) or "any call"
        lines = [f"expected {times} journal entries with {asked} after #{after}, found {found}"]
        scored = [(_score(row, wanted), seq, row) for seq, row in self._numbered(after)]
        nearest = sorted(scored, key=lambda item: (-item[0], -item[1]))[:_SHOWN]
        lines += ["the nearest of them:" if nearest else "no call was made since"]
        lines += [f"  {line(_entry(row, seq))}" for _, seq, row in sorted(nearest, key=lambda item: item[1])]
        return "\n".join(lines)


_SHOWN = 8
_REASONS = 3


def line(entry: JournalEntry) -> str:
    """An entry in one line, as messages show it: `#1 POST /v1/customers -> 400 at /name: must be a string; …`."""
    last = next((step for step in reversed(entry.steps()) if step["outcome"] not in ("ok", "applied")), None)
    why = f" ({last['step']} {last['outcome']}: {_told(last['detail'])})" if last else ""
    by = f" by {entry.tool}" if entry.tool else ""
    about = f" [{entry.channel}]" if entry.channel else ""
    status = f"{entry.status}{_reasons(last['detail'] if last else {})}"
    return f"#{entry.seq} {entry.method} {entry.path} -> {status} {entry.operation}{about}{by}{why}"


def _told(detail: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in detail.items() if value != "" and name != "problems")


def _reasons(detail: Mapping[str, Any]) -> str:
    """What was wrong where, of the first few things: ` at /name: must be a string;`."""
    problems = detail.get("problems", ())
    told = [f"{at and f' at {at}'}: {reason}" for at, reason in (item.values() for item in problems[:_REASONS])]
    more = f" and {len(problems) - _REASONS} more" if len(problems) > _REASONS else ""
    return ",".join(told) + more + (";" if told else "")


def _entry(row: JournalRow, seq: int) -> JournalEntry:
    at = iso(row[0]) if isinstance(row[0], datetime) else row[0]
    changes = tuple(RecordChange(*change) for change in row[-1])
    return JournalEntry(**dict(zip(FIELDS, (at, *row[1:-1], changes, seq), strict=True)))


def _score(row: JournalRow, wanted: Wanted) -> int:
    return sum(_is(row, name, value) for name, value in wanted.items())


def _fits(row: JournalRow, wanted: Wanted) -> bool:
    return all(_is(row, name, value) for name, value in wanted.items())


def _is(row: JournalRow, name: str, value: object) -> bool:
    held = row[_AT[name]]
    if name == "path":
        return bool(held.startswith(value))
    if name == "status" and isinstance(value, str):
        return str(held) == value or (value.endswith("xx") and str(held)[:1] == value[:1])
    return bool(held == value)
