"""Makes recorded requests again in a world of this process, with its ids for theirs, and compares the answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from kustomer_sandbox.command.checking.places import InProcess, WorldTarget
from kustomer_sandbox.command.checking.replaying.shapes import ShapeDifference, differences
from kustomer_sandbox.command.checking.replaying.traffic import RecordedExchange
from kustomer_sandbox.contracts.build.examples import RecordName, filled, parameters_example
from kustomer_sandbox.contracts.model import JSON, Operation
from kustomer_sandbox.contracts.suite.laws.promised import Records, promised
from kustomer_sandbox.contracts.suite.target import NotApplicable, TargetAnswer
from kustomer_sandbox.simulator.request.routing import RoutingTable
from kustomer_sandbox.simulator.values.ids import is_id

_MINUTE = 60
_TOO_MANY, _NOT_FOUND, _ERRORS = 429, 404, 400


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayReport:
    """How often what differs, by operation; and what was left out."""

    calls: int
    found: Mapping[tuple[str, ShapeDifference], int]
    unknown: Mapping[str, int]

    def as_json(self) -> str:
        rows = [{"operation": name, **one._asdict(), "times": times} for (name, one), times in self.found.items()]
        return json.dumps({"ok": not rows, "calls": self.calls, "differences": rows, "unknown": dict(self.unknown)})

    def as_text(self) -> str:
        return "\n".join([*self._rows(), f"{self.calls} calls, {len(self.found)} differences."])

    def _rows(self) -> Iterator[str]:
        last = ""
        for (operation, one), times in sorted(self.found.items()):
            if operation != last:
                yield operation
                last = operation
            told = {"lacks": f"is not in ours ({one.recorded})", "is more": f"is in ours alone ({one.ours})"}
            words = told.get(one.what, f"was {one.recorded}, ours is {one.ours}")
            yield f"  {one.field}: {words}{f', {times} times' if times > 1 else ''}"
        for name, times in sorted(self.unknown.items()):
            yield f"not compared: {name}, {times} calls"


@dataclass(slots=True)
class Replay:
    """The recorded calls in one world; `_ids` are ours for theirs, learned from the answers side by side.

    Values by which records are looked up are among them, where theirs finds nothing here.
    """

    target: WorldTarget
    _ids: dict[str, str] = field(default_factory=dict)
    _routes: RoutingTable = field(default_factory=lambda: RoutingTable(promised().operations.values()))

    def run(self, traffic: Iterable[RecordedExchange]) -> ReplayReport:
        found: Counter[tuple[str, ShapeDifference]] = Counter()
        unknown: Counter[str] = Counter()
        calls = 0
        for exchange in traffic:
            operation = self._operation(exchange)
            if operation is None:
                unknown[f"{exchange.method} of no operation that is served"] += 1
                continue
            calls += 1
            self.target.begin()
            answer = self._answer(exchange, operation)
            self._learn(exchange.response, answer.body)
            found.update((f"{operation.method} {operation.path}", one) for one in compared(exchange, answer))
        return ReplayReport(calls=calls, found=found, unknown=unknown)

    def _operation(self, exchange: RecordedExchange) -> Operation | None:
        match = self._routes.match(exchange.path)
        return match[0].operations.get(exchange.method) if match else None

    def _answer(self, exchange: RecordedExchange, operation: Operation) -> TargetAnswer:
        answer = self._sent(exchange)
        if answer.status == _TOO_MANY != exchange.status:
            self.target.advance(_MINUTE)
            answer = self._sent(exchange)
        if answer.status == _NOT_FOUND and exchange.status < _ERRORS and self._stands_in(exchange, operation):
            answer = self._sent(exchange)
        return answer

    def _sent(self, exchange: RecordedExchange) -> TargetAnswer:
        body = self._ours(exchange.body)
        raw = body.encode() if isinstance(body, str) else None
        path, query = self._ours(exchange.path), self._ours(exchange.query)
        return self.target.call(exchange.method, path, None if raw else body, query=query, raw=raw)

    def _ours(self, value: JSON) -> JSON:
        """The same with our ids for theirs."""
        if isinstance(value, Mapping):
            return {name: self._ours(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._ours(item) for item in value]
        if not isinstance(value, str):
            return value
        for theirs, ours in self._ids.items():
            if theirs in value:
                value = value.replace(theirs, ours)
        return value

    def _stands_in(self, exchange: RecordedExchange, operation: Operation) -> bool:
        """Take a record of ours for one that only their organisation had; whether there was one to take."""
        match = self._routes.match(exchange.path)
        named = {name: value for name, value in (match[1] if match else {}).items() if value not in self._ids}
        try:
            if "id" not in named:
                return self._looks_up(named, operation)
            if operation.about is None or not is_id(named["id"]):
                return False
            self._ids[named["id"]] = str(Records(self.target).find(RecordName(operation.about)))
        except NotApplicable:
            return False
        return True

    def _looks_up(self, named: Mapping[str, str], operation: Operation) -> bool:
        """Look up what one of our records has, such as its address, in place of what only theirs had."""
        example = filled(parameters_example(promised(), operation), Records(self.target).find)
        for name in named.keys() & example.keys():
            theirs, ours = named[name], str(example[name])
            self._ids |= {theirs: ours, quote(theirs, safe=""): quote(ours, safe="")}
        return bool(named)

    def _learn(self, theirs: JSON, ours: JSON) -> None:
        """Which of our ids stands where one of theirs did."""
        if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
            for name in theirs.keys() & ours.keys():
                self._learn(theirs[name], ours[name])
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours, strict=False):
                self._learn(one, other)
        elif isinstance(theirs, str) and isinstance(ours, str) and theirs != ours and is_id(theirs) and is_id(ours):
            self._ids.setdefault(theirs, ours)


def compared(exchange: RecordedExchange, answer: TargetAnswer) -> Iterator[ShapeDifference]:
    """Where an answer differs from the recorded one; of another status only that is told."""
    if answer.status != exchange.status:
        yield ShapeDifference("the status", "type", str(exchange.status), str(answer.status))
    else:
        yield from differences(exchange.response, answer.body)


def replayed(traffic: Iterable[RecordedExchange]) -> ReplayReport:
    """Make the calls again in a fresh demo world."""
    with InProcess().target() as target:
        return Replay(target).run(traffic)
