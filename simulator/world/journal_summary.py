"""Sub-sums of a journal: how many calls came to which status, and what was refused or warned of, by kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

REFUSED_FROM = 400
JOB, WHEN = "DUE", "WHEN"
NO_CALLS = (JOB, WHEN)
"""The method of entries that are no calls: what fell due by itself."""

WARNING = "warning"
"""The outcome of a step that went on, with something to be told."""

ENDED = ("refused", "fired")
"""The outcomes of a step that ended a call."""

_ID = re.compile(r"[0-9a-f]{24}(,[0-9a-f]{24})*")


class Called(Protocol):
    """What is read of an entry."""

    @property
    def seq(self) -> int: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def fault(self) -> str: ...
    def steps(self) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedKind:
    """Calls refused alike: with one status, for one reason, of one operation, or of one path where there is none.

    `code` is that of the answer, `step` what refused (`role`, `budget`, `input`, `rule`, `fault` …), `rule` an id of
    the ledger, empty where the contract alone decided; `fault` is the place of a 500. Status 0: no answer. `first` and
    `last` are numbers of entries.
    """

    status: int
    code: str
    step: str
    rule: str
    operation: str
    path: str
    fault: str
    times: int = 0
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        why = ", ".join(f"{name} {text}" for name, text in (("rule", self.rule), ("fault", self.fault)) if text)
        reason = f"{self.code or 'no answer'} in {self.step or '?'}" + (f" ({why})" if why else "")
        return f"{self.times} x {self.status} {reason}: {self.operation or self.path} {_span(self.first, self.last)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningKind:
    """Calls of one operation that the journal warns of alike, each for the same parameter or field."""

    warning: str
    parameter: str
    operation: str
    times: int = 0
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        span = _span(self.first, self.last)
        return f"{self.times} x {self.warning}: {self.parameter} of {self.operation} {span}"


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalSummary:
    """How many calls were made, by status, and what was refused or warned of, the most frequent first.

    `ended_with` is the kind of the last call if it was refused: a client that stopped did so for this, as a rule.
    """

    calls: int
    statuses: Mapping[int, int]
    refused: tuple[RefusedKind, ...]
    warnings: tuple[WarningKind, ...]
    ended_with: RefusedKind | None

    def __str__(self) -> str:
        statuses = ", ".join(f"{times} x {status}" for status, times in self.statuses.items())
        lines = [f"{self.calls} calls" + (f": {statuses}" if statuses else "")]
        lines += [f"  refused {kind}" for kind in self.refused]
        lines += [f"  warned {kind}" for kind in self.warnings]
        lines += [f"the last call was refused: {self.ended_with}"] if self.ended_with else []
        return "\n".join(lines)


def summarise(entries: Iterable[Called]) -> JournalSummary:
    """The sub-sums of these entries; jobs, and what happens, count only where they failed."""
    statuses: Counter[int] = Counter()
    refused, warned, last = _Sums[RefusedKind](), _Sums[WarningKind](), 0
    for entry in entries:
        if entry.method in NO_CALLS and not entry.fault:
            continue
        statuses[entry.status] += 1
        last = entry.seq
        if entry.status == 0 or entry.status >= REFUSED_FROM:
            refused.add(_refusal(entry), entry.seq)
        for warning in _warnings(entry):
            warned.add(warning, entry.seq)
    kinds = refused.kinds()
    return JournalSummary(
        calls=statuses.total(),
        statuses=dict(sorted(statuses.items())),
        refused=kinds,
        warnings=warned.kinds(),
        ended_with=next((kind for kind in kinds if kind.last == last), None),
    )


Kind = TypeVar("Kind", RefusedKind, WarningKind)


class _Sums(Generic[Kind]):
    """How often each kind was met; the keys are kinds that have not been counted."""

    def __init__(self) -> None:
        self._counted: dict[Kind, Kind] = {}

    def add(self, kind: Kind, seq: int) -> None:
        known = self._counted.get(kind)
        first, times = (seq, 0) if known is None else (known.first, known.times)
        self._counted[kind] = replace(kind, first=first, last=seq, times=times + 1)

    def kinds(self) -> tuple[Kind, ...]:
        """The most frequent first, then in the order they were met."""
        return tuple(sorted(self._counted.values(), key=lambda kind: (-kind.times, kind.first)))


def _refusal(entry: Called) -> RefusedKind:
    """What makes two refused calls alike. Ids in a path make no difference."""
    steps = entry.steps()
    ended = next((step for step in reversed(steps) if step["outcome"] in ENDED), steps[-1] if steps else {})
    detail = ended.get("detail", {})
    return RefusedKind(
        status=entry.status,
        code=detail.get("code", ""),
        step=ended.get("step", ""),
        rule=detail.get("rule", ""),
        operation=entry.operation,
        path="" if entry.operation else f"{entry.method} {_ID.sub('{id}', entry.path)}",
        fault=entry.fault,
    )


def _warnings(entry: Called) -> Iterator[WarningKind]:
    for step in entry.steps():
        if step["outcome"] == WARNING:
            told = step["detail"]
            yield WarningKind(warning=told["warning"], parameter=told["parameter"], operation=entry.operation)


def _span(first: int, last: int) -> str:
    return f"#{first}" if first == last else f"#{first} to #{last}"
