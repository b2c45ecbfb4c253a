"""Faults: what goes wrong with the next calls of a world, armed for an exact number of matching calls.

Nothing here is left to chance: a fault fires at the first calls that match, as often as it was armed, and a
call meets one fault at most, the one armed first. Faults belong to one world; forks start without any.

Some faults stand in front of the API: the call is not made, nothing changes and no budget is drawn on
(`Status`, `RateLimited`, `ConnectionReset`, `Timeout` unless told otherwise, `ContentType` if told so). The others
spoil the answer of a call that was made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

CrashPoint = Literal["before_rule", "before_commit", "after_rule"]
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Crashed(Exception):
    """The call ended at a crash point. What was not committed is undone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultMatch:
    """Which calls a fault waits for: all that is given must hold; nothing given matches every call.

    `operation` is an operation's id, `method` in upper case. `path` is a contract's template
    (`/v1/customers/{id}`), a path as it is sent, or, with `*` at its end, the beginning of one. `customer` is
    the id of a customer the call concerns: it stands in the path or body, or owns the record the path names.
    `tool` is the MCP tool the call says it acts for (header `x-mcp-tool`).
    """

    operation: str = ""
    method: str = ""
    path: str = ""
    customer: str = ""
    tool: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """A refusal of 4xx or 5xx instead of an answer, with a code of its own or, unless given, that of the status."""

    status: int
    code: str = ""
    message: str = "An armed fault answered this call."


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimited:
    """A 429 that says budget comes back after so many seconds, with the headers of a real one."""

    reset: float = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """The answer takes its time: on the world's clock, which moves on before the call, or in real time."""

    duration: timedelta
    clock: Literal["world", "real"] = "world"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeout:
    """The answer never comes; the call is made only if `applied`."""

    applied: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionReset:
    """The connection is torn down before the call is made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CutBody:
    """The call is made; only so many bytes of the answer's body arrive, of more that were promised."""

    after: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentType:
    """Something in between answers in its own words; `status` stays unless given, and is 200 if no call was made."""

    content_type: str = "text/html"
    body: str = PAGE
    status: int | None = None
    applied: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class LostAnswer:
    """The call is made, and the connection ends before its answer is sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crash:
    """The process dies in the middle of the call, and is there again for the next one.

    `before_rule`: nothing was begun. `before_commit`: all was done and is undone. `after_rule`: it is kept.
    """

    at: CrashPoint = "after_rule"


Fault = Status | RateLimited | Latency | Timeout | ConnectionReset | CutBody | ContentType | LostAnswer | Crash


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a call before it is made. `customer` is asked only when an armed fault names one."""

    operation: str
    method: str
    template: str
    path: str
    tool: str
    customer: Callable[[], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Armed:
    """A fault waiting for `left` more calls."""

    id: str
    match: FaultMatch
    fault: Fault
    left: int


@dataclass(slots=True)
class Faults:
    """The armed faults of one world, oldest first. `operations` are the ids a match may name; empty: any."""

    operations: Collection[str] = ()
    count: int = 0
    _armed: dict[str, Armed] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._armed)

    def arm(self, match: FaultMatch, fault: Fault, *, times: int = 1) -> str:
        """Have the fault fire for the next `times` matching calls; gives its id.

        `ValueError` if it could never fire: below one call, or for an operation that does not exist.
        """
        if times < 1:
            raise ValueError("A fault is armed for at least one call.")
        if match.operation and self.operations and match.operation not in self.operations:
            from kustomer_sandbox.contracts.vocabulary.complaints import nearest  # noqa: PLC0415 - only for a mistake

            near = nearest(match.operation, list(self.operations))
            raise ValueError(f"There is no operation of this id{near}; see /openapi.json for those there are.")
        self.count += 1
        id = f"fault-{self.count}"
        self._armed[id] = Armed(id=id, match=match, fault=fault, left=times)
        return id

    def disarm(self, id: str) -> bool:
        """Forget an armed fault; whether there was one."""
        return self._armed.pop(id, None) is not None

    def clear(self) -> None:
        self._armed.clear()

    def take_back(self, count: int, armed: Iterable[Armed]) -> None:
        """Have the faults that were kept, of so many that were ever armed."""
        self.count = count
        self._armed = {one.id: one for one in armed}

    def armed(self) -> list[Armed]:
        """Those that still wait for calls."""
        return list(self._armed.values())

    def take(self, facts: Facts) -> Armed | None:
        """The fault that this call meets, if any: it is then armed for one call less."""
        for waiting in self._armed.values():
            if matches(waiting.match, facts):
                if waiting.left == 1:
                    del self._armed[waiting.id]
                else:
                    left = waiting.left - 1
                    self._armed[waiting.id] = Armed(id=waiting.id, match=waiting.match, fault=waiting.fault, left=left)
                return waiting
        return None


def matches(match: FaultMatch, facts: Facts) -> bool:
    """Whether a call is one of those waited for."""
    return (
        match.operation in ("", facts.operation)
        and match.method.upper() in ("", facts.method)
        and (not match.path or _is_at(match.path, facts))
        and match.tool in ("", facts.tool)
        and (not match.customer or match.customer == facts.customer())
    )


def _is_at(path: str, facts: Facts) -> bool:
    if path.endswith("*"):
        return facts.path.startswith(path[:-1])
    return path in (facts.template, facts.path)
