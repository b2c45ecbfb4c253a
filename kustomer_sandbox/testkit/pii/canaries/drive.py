"""Drives a target with generated calls and stops at the first canary that got somewhere without a right to be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
from mcp.types import Tool

from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.testkit.pii.canaries.calls import CallGenerator, GeneratedCall
from kustomer_sandbox.testkit.pii.canaries.chance import chance_of
from kustomer_sandbox.testkit.pii.canaries.marks import Canaries
from kustomer_sandbox.testkit.pii.canaries.planting import flags
from kustomer_sandbox.testkit.pii.canaries.pool import Pool
from kustomer_sandbox.testkit.pii.canaries.rights import Rights, record_in
from kustomer_sandbox.testkit.pii.canaries.targets import Answered, DrivenTarget

Progress = Callable[[int], None]
"""Told after each call how many there were."""

_SEEING, _LEARNT = 0.05, 0.4
_EPISODE, _OPEN_FOR, _FILES = 25, 8, 250
"""After so many calls a window is opened, for so many more; the files are looked at after so many."""
_UNTIL_MARKED = 6
"""After at most so many calls what a call has unmarked is marked as sensitive again."""
_SUCCESS = range(200, 300)
_DAY = 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryLeak:
    """A canary where nobody has a right to it: which call, in what kind of place, and where it lies in the world."""

    number: int
    call: str
    status: int
    place: str
    home: str

    def __str__(self) -> str:
        return f"{self.place} of call {self.number:,}, {self.call} ({self.status}), holds {self.home}"


@dataclass(slots=True)
class CanaryTally:
    """What was done: calls, the operations and tools among them, those that succeeded, canaries, and the first leak."""

    calls: int = 0
    succeeded: int = 0
    canaries: int = 0
    operations: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)
    leak: CanaryLeak | None = None


class Drive:
    """One run: makes calls, learns from answers which records there are, and looks at all that comes back."""

    def __init__(
        self,
        target: DrivenTarget,
        *,
        contracts: Contracts,
        canaries: Canaries,
        rights: Rights,
        seed: str,
        is_kept: bool,
    ) -> None:
        """`is_kept` says that nobody but the driver changes flags or windows: then they are set right at once."""
        self._target, self._contracts, self._canaries, self._rights = target, contracts, canaries, rights
        self._is_kept = is_kept
        self._chance = chance_of(seed)
        self._pool = Pool(self._chance)
        self._calls = CallGenerator(contracts, canaries, self._pool, self._chance)
        self._deck: list[Operation | Tool] = []
        self._tools = target.tools()
        self._by_use = {operation.unmasking: operation for operation in contracts.operations.values()}
        self._mark_in = 0
        self.tally = CanaryTally()

    def prepare(self) -> None:
        """Learn what there is, and mark all that can be marked."""
        for operation in self._contracts.operations.values():
            if operation.method == "GET" and "{" not in operation.path:
                self._learn(self._target.call(self._calls.call(operation, is_plain=True)))
        self.mark()

    def bring(self) -> None:
        """Bring canaries in by every operation that creates what can be masked."""
        for operation in self._contracts.operations.values():
            if operation.method == "POST" and operation.resource.sensitive and operation.bodies:
                self._made(self._calls.call(operation, is_plain=True))

    def mark(self) -> None:
        """Have every attribute that can be masked be marked as sensitive."""
        for operation in self._contracts.operations.values():
            if operation.resource.type != "metadata" or not operation.bodies:
                continue
            known = [self._metadata(kind) for kind in self._kinds()]
            for kind, body in flags(self._contracts, filter(None, known)):
                path = operation.path.replace("{resource}", kind)
                self._target.call(
                    GeneratedCall(
                        operation=operation, path=path, body=orjson.dumps(body), content_type="application/json"
                    )
                )

    def run(self, calls: int, progress: Progress = lambda _: None) -> CanaryTally:
        """Make so many calls, or as many as it takes to the first leak."""
        for number in range(1, calls + 1):
            at = number % _EPISODE
            if at == 0:
                self._open()
            elif at == _OPEN_FOR and self._pool.favoured:
                self._close()
            else:
                self._made(self._next())
            if self._mark_in:
                self._mark_in -= 1
                if not self._mark_in:
                    self.mark()
            progress(number)
            if self.tally.leak:
                break
        self._look(GeneratedCall(tool="(the last)"), Answered(0, b""), sees_all=True, files=True)
        self.tally.canaries = self._canaries.count
        return self.tally

    def _next(self) -> GeneratedCall:
        if not self._deck:
            self._deck = [*self._contracts.operations.values(), *self._tools]
            self._chance.shuffle(self._deck)
        chosen = self._deck.pop()
        if isinstance(chosen, Operation):
            about = self._pool.favoured if chosen.about == "customer" and self._chance.random() < _LEARNT else ""
            return self._calls.call(chosen, about=about)
        return self._calls.tool_call(chosen.name, chosen.input_schema)

    def _made(self, call: GeneratedCall) -> Answered:
        sees_all = call.operation is not None and self._chance.random() < _SEEING
        answered = self._target.call(call, sees_all=sees_all)
        self.tally.calls += 1
        (self.tally.tools if call.operation is None else self.tally.operations).add(
            call.tool or (call.operation.id if call.operation else "")
        )
        self.tally.succeeded += answered.status in _SUCCESS
        if answered.status in _SUCCESS:
            self._follow(call, answered)
        self._look(call, answered, sees_all=sees_all, files=self.tally.calls % _FILES == 0)
        return answered

    def _follow(self, call: GeneratedCall, answered: Answered) -> None:
        """Take note of what a call that succeeded has done."""
        operation = self._operation_of(call)
        if operation is None:
            return
        if operation.resource.type == "metadata" and operation.method != "GET":
            self._mark_in = 1 if self._is_kept else self._chance.randint(1, _UNTIL_MARKED)
        if call.operation is not None and (operation.method != "GET" or self._chance.random() < _LEARNT):
            self._learn(answered)
        self._rights.note(operation, call, answered.body)

    def _operation_of(self, call: GeneratedCall) -> Operation | None:
        if call.operation is not None:
            return call.operation
        tool = self._contracts.tools.get(call.tool)
        return self._contracts.operations[tool.operation_id] if tool else None

    def _look(self, call: GeneratedCall, answered: Answered, *, sees_all: bool, files: bool) -> None:
        """Look for canaries in what was answered and in what was written meanwhile."""
        found = set() if sees_all else self._canaries.found_in(answered.body)
        opened = [str(call.arguments.get("customer_id"))] if call.tool == READ_UNMASKED else []
        operation = self._operation_of(call)
        if operation is not None and operation.bulk_of:
            found -= set(call.planted)  # the answer to a bulk call repeats it, and no other answer does
        if found and answered.status in _SUCCESS:
            found -= self._canaries.named_in(call.query)  # the links of a list are addresses as they were asked for
        if found and operation is not None and operation.resource.sensitive is None:
            found -= self._canaries.named_in(call.path)  # a setting is shown under the name it was made by
        if found and (left := self._rights.without(found, opened)):
            self._tell(call, answered, "the MCP result" if call.tool else "the answer", left)
        for written in self._target.written(files=files):
            found = self._canaries.found_in(written.data)
            if found and written.may_show:
                found = self._rights.without(found)
            if found:
                self._tell(call, answered, f"{written.place} {written.name}".strip(), found)

    def _tell(self, call: GeneratedCall, answered: Answered, place: str, found: set[int]) -> None:
        self.tally.leak = self.tally.leak or CanaryLeak(
            number=self.tally.calls,
            call=str(call),
            status=answered.status,
            place=place,
            home=self._canaries.where(found),
        )

    def _open(self) -> None:
        customer = self._pool.id_of("customer") or ""
        self._pool.favoured = customer
        self._made(self._calls.call(self._by_use["opens"], about=customer, is_plain=True))

    def _close(self) -> None:
        """Close the window, or let its time pass where time can be moved."""
        customer, self._pool.favoured = self._pool.favoured, ""
        if self._chance.random() < _LEARNT and self._target.wait(_DAY):
            return
        self._made(self._calls.call(self._by_use["closes"], about=customer, is_plain=True))

    def _kinds(self) -> list[str]:
        klasses = [record["attributes"].get("name", "") for record in self._pool.of("klass")]
        return [*_PLAIN_KINDS, *(f"kobject.{name}" for name in klasses)]

    def _metadata(self, kind: str) -> Record | None:
        operation = self._contracts.operations["GetCustomAttributeMetadata"]
        path = operation.path.replace("{resource}", kind)
        return record_in(self._target.call(GeneratedCall(operation=operation, path=path)).body)

    def _learn(self, answered: Answered) -> None:
        document = _parsed(answered.body)
        if isinstance(document, dict):
            data = document.get("data")
            self._pool.learn([*(data if isinstance(data, list) else [data]), *(document.get("included") or ())])


_PLAIN_KINDS = ("company", "conversation", "customer", "message")


def _parsed(body: bytes) -> JSON:
    """The document of an answer, before the headers that follow it."""
    try:
        return orjson.loads(body.partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return None
