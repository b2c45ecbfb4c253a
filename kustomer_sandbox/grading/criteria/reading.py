"""Reads the criteria of a scenario and says what is wrong with them, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.grading.criteria.values import wrong_matcher
from kustomer_sandbox.grading.criteria.words import KINDS, CriterionKind
from kustomer_sandbox.simulator.values.record import JSON

_BESIDE = ("state", "calls", "confidence")
_WORLDS_OWN = ("WHEN", "DUE")

Place = tuple[str | int, ...]


class WrongCriterion(Exception):
    """A criterion that nobody can judge by: where it stands among the criteria, and what is wrong."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(f"{'.'.join(map(str, ('criteria', *place)))} {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """One criterion of a scenario: its kind and the arguments it is given."""

    kind: CriterionKind
    arguments: Mapping[str, Any]


@cache
def kinds() -> Mapping[str, CriterionKind]:
    """Every kind of criterion by its name."""
    for name in _BESIDE:
        import_module(f"kustomer_sandbox.grading.criteria.{name}")
    return KINDS


def read_criteria(told: Sequence[JSON], contracts: Contracts) -> tuple[Criterion, ...]:
    """The criteria of a scenario: each a name, or a name with its arguments. Raises `WrongCriterion`."""
    return tuple(_read(number, item, contracts) for number, item in enumerate(told))


def _read(number: int, told: JSON, contracts: Contracts) -> Criterion:
    if isinstance(told, str):
        told = {told: {}}
    if not isinstance(told, Mapping) or len(told) != 1:
        raise WrongCriterion((number,), "must be one criterion: a name with its arguments")
    ((name, arguments),) = told.items()
    kind = kinds().get(name)
    if kind is None:
        raise WrongCriterion((number, name), f"is no criterion{nearest(name, list(kinds()))}")
    arguments = {} if arguments is None else arguments
    for finding in kind.checker.findings(arguments):
        raise WrongCriterion((number, name, *finding.path), finding.told(arguments))
    for place, reason in _wrong(arguments, contracts):
        raise WrongCriterion((number, name, *place), reason)
    return Criterion(kind=kind, arguments=arguments)


def _wrong(arguments: Mapping[str, Any], contracts: Contracts) -> Iterator[tuple[Place, str]]:
    """Names that are none of the API's, and matchers that are none."""
    for path, value in arguments.get("values", {}).items():
        if reason := wrong_matcher(value):
            yield ("values", path), reason
    for place, call in _calls(arguments):
        for field, known in (("operation", contracts.operations), ("tool", contracts.tools)):
            names = call.get(field, [])
            for one in names if isinstance(names, list) else [names]:
                if one not in known and call.get("method") not in _WORLDS_OWN:
                    yield (*place, field), f"is no {field} of the API{nearest(one, list(known))}"
    kind = arguments.get("type")
    if kind is not None and kind.partition(".")[0] not in {each.type for each in contracts.resources.values()}:
        yield ("type",), f"is no type of record{nearest(kind, [each.type for each in contracts.resources.values()])}"


def _calls(arguments: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    if "call" in arguments:
        yield ("call",), arguments["call"]
    for number, item in enumerate(arguments.get("calls", [])):
        yield ("calls", number), item if isinstance(item, Mapping) else {"operation": item}
