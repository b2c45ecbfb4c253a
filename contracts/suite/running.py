"""Runs checks at a place and says what came of each; knows nothing of where the place is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from kustomer_sandbox.contracts.suite.groups import group_of
from kustomer_sandbox.contracts.suite.target import (
    MISREAD,
    Broken,
    Check,
    Exchange,
    NotAllowed,
    NotApplicable,
    TargetAnswer,
    misread,
)

Verdict = Literal["verified", "departed", "not applicable", "not allowed"]
VERDICTS: tuple[Verdict, ...] = ("verified", "departed", "not applicable", "not allowed")

NEEDS_CONTROL = "it moves the clock or makes keys with other roles, as a sandbox alone lets it"
ASKED_NOTHING = "it found nothing to ask"
NEEDS_WRITES = "it changes data, which --allow-writes allows"
_LATEST = 3
_VALUE = re.compile(r"=[^/]+")
_LONGEST = 600


class Trailed(Protocol):
    """What is checked, with what a check has sent there and what came."""

    @property
    def trail(self) -> Sequence[Exchange]: ...


class Place(Protocol):
    """Where checks are run. `has_control` says that clock and keys may be moved, `may_write` that data may change."""

    @property
    def has_control(self) -> bool: ...

    @property
    def may_write(self) -> bool: ...

    def target(self) -> AbstractContextManager[Trailed]:
        """A target for one check, a `Target` or, for checks of tools, a `ToolServer`."""
        ...


class NoAnswer(Exception):
    """A call was answered by nothing; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One request of a check and its answer, with shapes in place of the answer's values."""

    call: str
    body: Any
    status: int | None
    came: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What came of a check: the verdict and why, the smallest example if one was generated, and the latest calls."""

    check: str
    group: str
    rules: tuple[str, ...]
    verdict: Verdict
    told: str = ""
    example: str = ""
    sent: tuple[Sent, ...] = ()


def run_checks(checks: Iterable[Check], place: Place) -> Iterator[CheckResult]:
    """The result of each check, as it comes in."""
    for check in checks:
        yield run_check(check, place)


def run_check(check: Check, place: Place) -> CheckResult:
    """Run one check in a target of its own."""
    result = CheckResult(check=check.name, group=group_of(check), rules=check.rules, verdict="verified")
    if check.sandbox and not place.has_control:
        return replace(result, verdict="not applicable", told=NEEDS_CONTROL)
    if check.writes and not place.may_write:
        return replace(result, verdict="not allowed", told=NEEDS_WRITES)
    with place.target() as target:
        return _run(check, target, result)


def _run(check: Check, target: Trailed, result: CheckResult) -> CheckResult:
    try:
        check.run(target)
    except NotApplicable as why:
        return replace(result, verdict="not applicable", told=str(why))
    except NotAllowed as why:
        return replace(result, verdict="not allowed", told=str(why))
    except (Broken, NoAnswer, *MISREAD) as fault:
        broken = fault if isinstance(fault, Broken) else misread(fault)
        return _departed(result, Broken(str(fault)) if isinstance(fault, NoAnswer) else broken, target.trail)
    return result if target.trail else replace(result, verdict="not applicable", told=ASKED_NOTHING)


def _departed(result: CheckResult, broken: Broken, trail: Sequence[Exchange]) -> CheckResult:
    latest = (trail if broken.trail is None else broken.trail)[-_LATEST:]
    sent = tuple(map(_sent, latest))
    return replace(result, verdict="departed", told=str(broken), example=broken.example, sent=sent)


def shown_path(path: str) -> str:
    """A path without the values in it, such as the address in `/v1/customers/email=…`; ids stay."""
    return _VALUE.sub("=…", path)


def _sent(exchange: Exchange) -> Sent:
    call = f"{exchange.method} {shown_path(exchange.path)}{'?' if exchange.query else ''}{exchange.query}"
    answer = exchange.answer
    came = None if answer is None else _came(answer)
    return Sent(call=call, body=_cut(exchange.body), status=None if answer is None else answer.status, came=came)


def _came(answer: TargetAnswer) -> Any:
    """What an answer tells: of a refusal its codes and places, of all else its shape, never a value."""
    body = answer.body
    if isinstance(body, Mapping) and isinstance(body.get("errors"), list):
        entries = [entry for entry in body["errors"] if isinstance(entry, Mapping)]
        return [{name: entry[name] for name in ("code", "status", "source") if name in entry} for entry in entries]
    return shape_of(body)


def shape_of(value: Any) -> Any:
    """A value's shape: names of types for values, a list by its first item."""
    if isinstance(value, Mapping):
        return {name: shape_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape_of(value[0])] if value else []
    return "null" if value is None else {"str": "string", "bool": "boolean"}.get(type(value).__name__, "number")


def _cut(body: Any) -> Any:
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST else (text if isinstance(body, bytes) else body)
