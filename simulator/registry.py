"""Tags functions as rules, due events or presenters, and collects what is tagged.

The decorators only tag. `collect` imports every module of `simulator.resources` and refuses duplicates,
so a new module is found by being there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import simulator.resources
from simulator.call import Call, Outcome, Record, Scene
from simulator.dues import DueHandler

Rule = Callable[[Call], Outcome]
Presenter = Callable[[Scene, Record], None]

_F = TypeVar("_F", bound=Callable[..., Any])
_TAG = "__registered__"


class DuplicateRegistration(Exception):
    """Two functions claim the same name."""


def rule(name: str) -> Callable[[_F], _F]:
    """Mark the function a contract calls `x-rule: name`."""
    return _tag("rule", name)


def due(kind: str) -> Callable[[_F], _F]:
    """Mark what happens when an event of this kind falls due, a `DueHandler`."""
    return _tag("due", kind)


def presents(kind: str) -> Callable[[_F], _F]:
    """Mark what adds computed attributes to records of a type just before they are masked and shown.

    What it adds may depend on the record and on its owner's unmasking window, and on nothing else.
    """
    return _tag("presents", kind)


def _tag(group: str, name: str) -> Callable[[_F], _F]:
    def mark(function: _F) -> _F:
        tags = [*getattr(function, _TAG, ()), (group, name)]
        setattr(function, _TAG, tags)
        return function

    return mark


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """All tagged functions by name."""

    rules: dict[str, Rule]
    dues: dict[str, DueHandler]
    presenters: dict[str, Presenter]


def collect() -> Registered:
    """Every tagged function of the resource modules; `DuplicateRegistration` if a name is claimed twice."""
    found: dict[str, dict[str, Any]] = {"rule": {}, "due": {}, "presents": {}}
    for module in pkgutil.iter_modules(simulator.resources.__path__, "simulator.resources."):
        loaded = importlib.import_module(module.name)
        for value in vars(loaded).values():
            if callable(value) and getattr(value, "__module__", "") == module.name:
                for group, name in getattr(value, _TAG, ()):
                    if name in found[group]:
                        raise DuplicateRegistration(f"{group} {name}")
                    found[group][name] = value
    return Registered(rules=found["rule"], dues=found["due"], presenters=found["presents"])
