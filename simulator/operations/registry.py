"""Tags functions as rules, jobs or presenters, and collects what is tagged.

The decorators only tag. `resources/collect.py` imports every module beside it and refuses duplicates,
so a new module is found by being there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter
from typing import Any, TypeVar

from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.values.unmasking import UnmaskingWindow

Rule = Callable[[Call], Outcome]
Job = Callable[[Context, str], Record | None]
"""Does a job that fell due, to what its `ref` names; gives the record it changed, None if there was nothing to do."""

Presenter = Callable[[Record, UnmaskingWindow | None], None]
"""Adds computed attributes to a record, given its owner's unmasking window (None if there never was one).

It gets nothing else, so it cannot show what a cached document would keep showing: neither time nor reader.
"""

_F = TypeVar("_F", bound=Callable[..., Any])
TAG = "__registered__"
_PRESENTER_PARAMETERS = [(name, Parameter.POSITIONAL_OR_KEYWORD, Parameter.empty) for name in ("record", "window")]


class BindingError(Exception):
    """An operation without a rule, or a rule without an operation."""


def rule(name: str) -> Callable[[_F], _F]:
    """Mark the function a contract calls `x-rule: name`."""
    return _tag("rule", name)


def job(kind: str) -> Callable[[_F], _F]:
    """Mark what does a job of this kind when it falls due, a `Job`."""
    return _tag("job", kind)


def presents(kind: str) -> Callable[[Presenter], Presenter]:
    """Mark what adds computed attributes to records of a type just before they are masked and shown.

    Raises `BindingError` for a function that asks for anything else than `(record, window)`.
    """

    def mark(function: Presenter) -> Presenter:
        asked = list(inspect.signature(function).parameters.values())
        if [(p.name, p.kind, p.default) for p in asked] != _PRESENTER_PARAMETERS:
            names = ", ".join(str(p) for p in asked)
            raise BindingError(
                f"{function.__module__}.{function.__qualname__}: a presenter takes (record, window), not ({names})"
            )
        return _tag("presents", kind)(function)

    return mark


def _tag(group: str, name: str) -> Callable[[_F], _F]:
    def mark(function: _F) -> _F:
        tags = [*getattr(function, TAG, ()), (group, name)]
        setattr(function, TAG, tags)
        return function

    return mark


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """All tagged functions by name."""

    rules: dict[str, Rule]
    jobs: dict[str, Job]
    presenters: dict[str, Presenter]
