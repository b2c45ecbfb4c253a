"""A run: the calls a client made, without what they said, as far as budgets are concerned. It can be written down.

Which calls asked the same, and were answered the same, is told by numbers that mean nothing outside of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from itertools import islice
from typing import Any

import orjson

from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.world.limits import told_object

FORM = "kustomer-sandbox run 1"
MOST_CALLS = 100_000
"""So many calls of a run are kept; those after them are counted."""


class NotARun(ValueError):
    """A text is no run that was written down; the message says what is wrong with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCall:
    """One call. `path` is as the journal shows it, `draws` are budget and counter of each unit it would take, in order.

    `asks` is one number for all calls that ask the same with the same key, `answer` one for all equal answers.
    `refused_by` is the budget that refused it.
    """

    at: str
    key: str
    method: str
    path: str
    operation: str
    status: int
    draws: tuple[tuple[str, str], ...] = ()
    refused_by: str = ""
    asks: int = 0
    answer: int = 0


_NAMES = {item.name for item in fields(RunCall)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The calls in order, the plan they were made on and the world's own limits; `left_out` were too many."""

    plan: str
    limits: Mapping[str, int]
    calls: Sequence[RunCall]
    left_out: int = 0

    def wanted(self) -> Iterator[tuple[int, RunCall, timedelta]]:
        """What the client wanted to do, with the call's number and its pause after the one before.

        A call that a budget refused, and that was granted when it was made again, counts once, and what was waited for
        it not at all.
        """
        granted = {call.asks: number for number, call in enumerate(self.calls) if call.asks and not call.refused_by}
        pause, before = timedelta(), None
        for number, call in enumerate(self.calls):
            at = parse(call.at)
            pause += timedelta() if before is None else max(at - before, timedelta())
            is_retried = bool(call.refused_by) and granted.get(call.asks, number) > number
            before = None if is_retried else at
            if not is_retried:
                yield number + 1, call, pause
                pause = timedelta()

    def as_json(self) -> bytes:
        """The run as it is written down: no bodies, no queries, no value but ids."""
        whole = {"form": FORM, "plan": self.plan, "limits": dict(self.limits), "left_out": self.left_out}
        calls = [{name: value for name, value in asdict(call).items() if value} for call in self.calls]
        return orjson.dumps({**whole, "calls": calls}, option=orjson.OPT_INDENT_2) + b"\n"


def run_of(text: bytes) -> Run:
    """The run that was written down. Raises `NotARun`."""
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotARun("it is no JSON") from None
    if not isinstance(whole, dict) or whole.get("form") != FORM:
        raise NotARun(f"it is no recording of this version: its form is not {FORM!r}")
    try:
        calls = tuple(_call(entry) for entry in whole["calls"])
        limits = {str(name): int(limit) for name, limit in whole["limits"].items()}
        return Run(plan=str(whole["plan"]), limits=limits, calls=calls, left_out=int(whole["left_out"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotARun("it lacks something that a recording has, or has it in another form") from None


def _call(entry: dict[str, Any]) -> RunCall:
    parse(entry["at"])
    draws = tuple((str(budget), str(counter)) for budget, counter in entry.get("draws", ()))
    return RunCall(**{"key": "", "operation": "", "status": 0, **entry, "draws": draws})


@dataclass(slots=True)
class RunNotes:
    """Notes a run while it is made. Of requests and answers it keeps what tells equal ones, in memory alone."""

    calls: list[RunCall] = field(default_factory=list, repr=False)
    left_out: int = 0
    _asked: dict[object, int] = field(default_factory=dict, repr=False)
    _answered: dict[object, int] = field(default_factory=dict, repr=False)
    _counters: dict[str, int] = field(default_factory=dict, repr=False)

    def run(self, plan: str, limits: Mapping[str, int]) -> Run:
        """The run as far as it has come, on a plan and under a world's own limits."""
        return Run(plan=plan, limits=dict(limits), calls=tuple(self.calls), left_out=self.left_out)

    def note(self, call: RunCall, *, asked: object, answered: object) -> None:
        """Add a call; `asked` and `answered` are equal for equal requests and answers."""
        if len(self.calls) >= MOST_CALLS:
            self.left_out += 1
            return
        shown = {name: getattr(call, name) for name in _NAMES}
        shown["draws"] = tuple((budget, self._told(counter)) for budget, counter in call.draws)
        shown["asks"] = self._asked.setdefault(asked, len(self._asked) + 1)
        shown["answer"] = self._answered.setdefault(answered, len(self._answered) + 1)
        self.calls.append(RunCall(**shown))

    def marks(self) -> tuple[int, ...]:
        """How far it has come: for `since`."""
        return len(self.calls), len(self._asked), len(self._answered), len(self._counters), self.left_out

    def since(self, marks: Sequence[int]) -> dict[str, list[Any]]:
        """What was noted after these marks, to be written down and given to `take_back`."""
        _, asked_before, answered_before, told_before, left_out = marks
        asked, answered = _last_of(self._asked, asked_before), _last_of(self._answered, answered_before)
        return {
            "calls": [asdict(call) for call in self.calls[marks[0] :]],
            "asked": [digest.hex() for digest in asked if isinstance(digest, bytes)],
            "answered": [digest.hex() for digest in answered if isinstance(digest, bytes)],
            "counters": _last_of(self._counters, told_before),
            "left_out": [None] * (self.left_out - left_out),
        }

    def take_back(self, noted: Mapping[str, Sequence[Any]]) -> None:
        """Note anew what `since` gave."""
        for call in noted["calls"]:
            self.calls.append(RunCall(**{**call, "draws": tuple(map(tuple, call["draws"]))}))
        for names, part in ((self._asked, "asked"), (self._answered, "answered")):
            for digest in noted[part]:
                names[bytes.fromhex(digest)] = len(names) + 1
        for counter in noted["counters"]:
            self._counters[counter] = len(self._counters) + 1
        self.left_out += len(noted["left_out"])

    def _told(self, counter: str) -> str:
        """The counter's name; a number stands for what is no id."""
        if told_object(counter) != "***":
            return counter
        budget, user, _ = counter.split(":", 2)
        return f"{budget}:{user}:***{self._counters.setdefault(counter, len(self._counters) + 1)}"


def _last_of(names: dict[Any, int], known: int) -> list[Any]:
    """The names after so many known ones, in the order in which they came."""
    return [*islice(reversed(names), len(names) - known)][::-1]
