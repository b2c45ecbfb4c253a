"""Holds a document, as it is written, against the vocabulary; says where a fault stands as its reader would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kustomer_sandbox.contracts.model import JSON, ContractError
from kustomer_sandbox.contracts.vocabulary.complaints import Steps, complaint
from kustomer_sandbox.contracts.vocabulary.shapes import Shape


class Place(NamedTuple):
    """One place of a document: the way there, the value and the shape it must have."""

    steps: Steps
    value: JSON
    shape: Shape

    @property
    def chosen(self) -> Shape:
        """The shape, or the one of its alternatives that the value has."""
        return self.shape.chosen(self.value)


def refuse_faults(name: str, document: JSON, shape: Shape) -> None:
    """Raise `ContractError` for the first fault of a document, with its name, the place and what was expected."""
    for spot, fault in faults(document, shape):
        raise ContractError(complaint(name, spot.steps, fault))


def faults(value: JSON, shape: Shape, steps: Steps = ()) -> Iterator[tuple[Place, str]]:
    """Every fault from a place downwards; what is below a fault is not looked at."""
    wrong = shape.fault(value)
    if wrong is not None:
        yield Place(steps, value, shape), wrong
        return
    sound = True
    for step, part, below in shape.parts(value):
        for found in faults(part, below, (*steps, step)):
            sound = False
            yield found
    clash = shape.clash(value) if sound else None
    if clash is not None:
        yield Place(steps, value, shape), clash


def places(value: JSON, shape: Shape, steps: Steps = ()) -> Iterator[Place]:
    """Every place of a document without fault, outermost first."""
    yield Place(steps, value, shape)
    for step, part, below in shape.parts(value):
        yield from places(part, below, (*steps, step))
