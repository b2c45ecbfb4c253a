"""The words of criteria: their arguments as schemas, and the table in which each has its judge.

A criterion is one function, given its arguments and the evidence; its docstring is what docs/criteria.md says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.model import Schema
from kustomer_sandbox.contracts.schemas import closed
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.grading.evidence import Evidence
from kustomer_sandbox.grading.trace import TracedCall
from kustomer_sandbox.grading.verdict import Ruling

Arguments = Mapping[str, Any]
Judge = Callable[[Arguments, Evidence], Ruling]

RECORD: Schema = {"type": "string", "minLength": 1, "description": "a record, as `@section.entry` or by its id"}
NUMBER: Schema = {"type": "integer", "minimum": 0, "description": "a whole number"}
_WORD: Schema = {"type": "string", "minLength": 1}
_WORDS: Schema = {
    "anyOf": [_WORD, {"type": "array", "items": _WORD, "minItems": 1}],
}
_CALL_FIELDS: dict[str, Schema] = {
    "operation": _WORDS,
    "tool": _WORDS,
    "method": _WORDS,
    "channel": _WORDS,
    "about": RECORD,
    "status": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[1-5]xx$"}]},
}
CALL: Schema = {
    **closed(_CALL_FIELDS),
    "minProperties": 1,
    "description": "which calls: `operation`, `tool`, `method`, `channel`, `about` a record, `status`",
}
CALLS: Schema = {"type": "array", "items": CALL, "minItems": 2, "description": "calls, in this order"}
OPERATIONS: Schema = {"type": "array", "items": _WORD, "minItems": 1, "description": "operations"}
VALUES: Schema = {"type": "object", "minProperties": 1, "description": "attributes and what they hold"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CriterionKind:
    """One thing that can be demanded. `about` is what it looks at: state, trace or cost."""

    name: str
    about: str
    arguments: Mapping[str, Schema]
    required: tuple[str, ...]
    judge: Judge
    checker: Checker

    @property
    def told(self) -> str:
        """What it demands, in words."""
        return " ".join((self.judge.__doc__ or "").split())


KINDS: dict[str, CriterionKind] = {}
"""Every kind of criterion by its name. The modules beside this one fill it."""


def criterion(about: str, *, required: Iterable[str] = (), **arguments: Schema) -> Callable[[Judge], Judge]:
    """Enter a function into the table under its own name."""

    def enter(judge: Judge) -> Judge:
        name = judge.__name__
        KINDS[name] = CriterionKind(
            name=name,
            about=about,
            arguments=arguments,
            required=tuple(required),
            judge=judge,
            checker=Checker(closed(arguments, required)),
        )
        return judge

    return enter


def met(reason: str, calls: Iterable[int] = ()) -> Ruling:
    """The criterion is met."""
    return Ruling(is_met=True, reason=reason, calls=tuple(calls))


def unmet(reason: str, calls: Iterable[int] = ()) -> Ruling:
    """It is not."""
    return Ruling(is_met=False, reason=reason, calls=tuple(calls))


def seqs(calls: Iterable[TracedCall]) -> tuple[int, ...]:
    return tuple(call.seq for call in calls)


def told(wanted: Mapping[str, Any]) -> str:
    """Which calls are meant, in words."""
    return ", ".join(f"{name} {_either(value)}" for name, value in wanted.items())


def _either(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
