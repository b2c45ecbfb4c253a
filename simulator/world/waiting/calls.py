"""Which calls something waits for, and what waits: for the nth of them, and for how many from that one on.

Armed faults and what is to happen in a world wait alike. All that waits is a value, which counts by becoming another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from http import HTTPMethod
from typing import Generic, TypeVar

from kustomer_sandbox.contracts.model import Contracts, Schema
from kustomer_sandbox.contracts.schemas import closed
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

T = TypeVar("T")
_METHODS = tuple(method.value for method in HTTPMethod)


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultMatch:
    """Which calls a fault, or what is to happen, waits for: all that is given must hold; nothing given: every call.

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

    def given(self) -> dict[str, str]:
        """What must hold, by name."""
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a call before it is made. `customer` is asked only when a match names one."""

    operation: str
    method: str
    template: str
    path: str
    tool: str
    customer: Callable[[], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting(Generic[T]):
    """`what` waits for the `nth` matching call, and for `left - 1` more from that one on; `seen` have been made."""

    id: str
    match: FaultMatch
    what: T
    nth: int = 1
    left: int = 1
    seen: int = 0

    @property
    def awaited(self) -> str:
        """How many of which calls it still waits for, in words."""
        calls = ", ".join(f"{name} {value}" for name, value in self.match.given().items()) or "all calls"
        turn = f", from number {self.nth} on, {self.seen} seen" if self.nth > 1 else ""
        return f"{self.left} more of {calls}{turn}"


@dataclass(frozen=True, slots=True)
class AllWaiting(Generic[T]):
    """All of a kind that waits in a world, oldest first; `made` counts what ever did, so no id comes twice."""

    kind: str
    made: int = 0
    waiting: tuple[Waiting[T], ...] = ()

    def add(self, match: FaultMatch, what: T, *, nth: int = 1, times: int = 1) -> AllWaiting[T]:
        """The same and one more, which is given its id."""
        one = Waiting(id=f"{self.kind}-{self.made + 1}", match=match, what=what, nth=nth, left=times)
        return replace(self, made=self.made + 1, waiting=(*self.waiting, one))

    def without(self, id: str) -> AllWaiting[T]:
        """The same but for one."""
        return replace(self, waiting=tuple(one for one in self.waiting if one.id != id))

    def cleared(self) -> AllWaiting[T]:
        """The same with nothing waiting."""
        return replace(self, waiting=())

    def meet(self, facts: Facts, *, most: int | None = None) -> tuple[AllWaiting[T], list[Waiting[T]]]:
        """What waits once this call is counted, and what it was waited for by: the first `most` whose turn it is."""
        met, still = list[Waiting[T]](), list[Waiting[T]]()
        for one in self.waiting:
            counted = replace(one, seen=one.seen + 1) if matches(one.match, facts) else one
            if counted is not one and counted.seen >= one.nth and len(met) != most:
                met.append(counted)
                counted = replace(counted, left=one.left - 1)
            if counted.left:
                still.append(counted)
        return replace(self, waiting=tuple(still)), met


def known_words(contracts: Contracts) -> Mapping[str, Collection[str]]:
    """What a match can name, where there is only so much of it."""
    return {"operation": contracts.operations, "method": _METHODS, "tool": contracts.tools}


def calls_schema(contracts: Contracts) -> Schema:
    """What a match looks like."""
    known = {
        name: {"enum": [*words], "description": f"a known {name}"} for name, words in known_words(contracts).items()
    }
    return closed({name: {"type": "string", **known.get(name, {})} for name in FaultMatch.__dataclass_fields__})


def refuse_unknown(match: FaultMatch, contracts: Contracts) -> None:
    """Raises `ValueError` for what names no operation, method or tool that there is: no call would ever match."""
    for name, known in known_words(contracts).items():
        word = str(getattr(match, name))
        if word and word not in known and word.upper() not in known:
            raise ValueError(f"There is no {name} of this name{nearest(word, list(known)) or '.'}")


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
