"""Every way to misspell a key of a document, or to give it a value of another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kustomer_sandbox.contracts.vocabulary.complaints import Steps
from kustomer_sandbox.contracts.vocabulary.forms import Names
from kustomer_sandbox.contracts.vocabulary.reading import Place, places
from kustomer_sandbox.contracts.vocabulary.shapes import Shape, kind_of

JSON = Any
SAMPLES: tuple[JSON, ...] = (None, "surprise", 7, True, ["surprise"], {"surprise": 7})
"""One value of each kind."""


class Mutation(NamedTuple):
    """One fault planted in one mapping: the key as it was, and the mapping as it is with the fault."""

    place: Place
    key: str
    mutated: dict[str, JSON]

    @property
    def at(self) -> Steps:
        return (*self.place.steps, self.key)

    def fault(self) -> str | None:
        """What the vocabulary says of it: of the mapping, or of the value under the key."""
        fault = self.place.shape.fault(self.mutated)
        if fault is None and self.key in self.mutated:
            shape = shape_below(self.place.shape, self.mutated, self.key)
            return shape.fault(self.mutated[self.key])
        return fault


def shape_below(shape: Shape, value: Mapping[str, JSON], key: str) -> Shape:
    """The shape the vocabulary has for what stands under a key."""
    return next(below for step, _, below in shape.parts(value) if step == key)


def mappings(document: JSON, shape: Shape) -> list[Place]:
    """Every mapping of a document in which keys mean something."""
    return [
        place for place in places(document, shape) if isinstance(place.value, dict) and place.value and _has_keys(place)
    ]


def _has_keys(place: Place) -> bool:
    return next(place.shape.parts(place.value), None) is not None


def misspelt(document: JSON, shape: Shape) -> Iterator[Mutation]:
    """Each key of each mapping with a letter too many."""
    for place in mappings(document, shape):
        for key in place.value:
            yield Mutation(
                place, key, {(key + "x" if name == key else name): part for name, part in place.value.items()}
            )


def mistyped(document: JSON, shape: Shape) -> Iterator[Mutation]:
    """Each key of each mapping with a value of each kind that the vocabulary has not for it.

    Where it takes any kind, the value is one of another kind than the document's, for cross-checks to find.
    """
    for place in mappings(document, shape):
        for key, part in place.value.items():
            kinds = shape_below(place.shape, place.value, key).kinds
            open_to_all = all(kind_of(sample) in kinds for sample in SAMPLES)
            for sample in SAMPLES:
                if kind_of(sample) not in ({kind_of(part)} if open_to_all else kinds):
                    yield Mutation(place, key, {**place.value, key: sample})


def is_free(mutation: Mutation) -> bool:
    """Whether the key is a name that the document gives by itself."""
    return isinstance(mutation.place.chosen, Names)
