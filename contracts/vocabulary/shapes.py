"""What may stand at a place of a document, without looking below it: text, a word of a list, a number, any value.

Values are what a YAML reader gives: mappings, lists, text, numbers, true, false and null.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

_KINDS: dict[type, str] = {
    dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number",
    type(None): "null",
}  # fmt: skip
_LONGEST_SHOWN = 60


def kind_of(value: JSON) -> str:
    """The kind of a value, as messages call it."""
    return _KINDS.get(type(value), type(value).__name__)


def shown(value: JSON) -> str:
    """A value in a message: itself if it is short, else its kind."""
    return repr(value) if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_SHOWN else kind_of(value)


class Shape(ABC):
    """What may stand at a place."""

    __slots__ = ()

    @property
    def words(self) -> str:
        """The shape for a reader of the page: `text`, `list of paths`; what kinds of value fit, unless it says more."""
        return " or ".join(sorted(self.kinds))

    @property
    @abstractmethod
    def kinds(self) -> frozenset[str]:
        """The kinds of value that can fit."""

    @abstractmethod
    def fault(self, value: JSON) -> str | None:
        """What is wrong with the value itself, in words; None if nothing is."""

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:  # noqa: ARG002 - a scalar has none
        """The steps below a value without fault: key or position, the value there, the shape it must have."""
        yield from ()

    def chosen(self, value: JSON) -> Shape:  # noqa: ARG002 - most shapes have no alternatives
        """The shape itself, or the one of its alternatives that a value without fault has."""
        return self

    def clash(self, value: JSON) -> str | None:  # noqa: ARG002 - most shapes have one part
        """What parts, each without fault, ask of each other in vain; None if nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Anything(Shape):
    """Any value. Where it must fit a schema, a cross-check says so."""

    @property
    def words(self) -> str:
        return "any value"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(_KINDS.values())

    def fault(self, value: JSON) -> str | None:
        return None if kind_of(value) in self.kinds else f"must be {self.words}"


@dataclass(frozen=True, slots=True)
class Text(Shape):
    """Text that is not blank; of a form, when `what` calls it something and `pattern` gives the form."""

    what: str = "text"
    pattern: str = r"(?s).*\S.*"

    @property
    def words(self) -> str:
        return self.what

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"text"})

    def fault(self, value: JSON) -> str | None:
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            return None
        return f"must be {self.what}, not {shown(value)}"


@dataclass(frozen=True, slots=True)
class Word(Shape):
    """One word of a closed list."""

    known: tuple[str, ...]

    @property
    def words(self) -> str:
        return " or ".join(f"`{word}`" for word in self.known)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"text"})

    def fault(self, value: JSON) -> str | None:
        if isinstance(value, str) and value in self.known:
            return None
        one = f"one of {', '.join(self.known)}" if len(self.known) > 1 else repr(self.known[0])
        return f"must be {one}, not {shown(value)}{nearest(value, self.known)}"


@dataclass(frozen=True, slots=True)
class Flag(Shape):
    """True or false."""

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"true or false"})

    def fault(self, value: JSON) -> str | None:
        return None if isinstance(value, bool) else f"must be true or false, not {shown(value)}"


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """A number; with `least`, a whole one that is not smaller."""

    least: int | None = None

    @property
    def words(self) -> str:
        return "a number" if self.least is None else f"a whole number from {self.least}"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a number"})

    def fault(self, value: JSON) -> str | None:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if self.least is not None:
            fits = fits and isinstance(value, int) and value >= self.least
        return None if fits else f"must be {self.words}, not {shown(value)}"


@dataclass(frozen=True, slots=True)
class Null(Shape):
    """Nothing, where it means that there is none."""

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"null"})

    def fault(self, value: JSON) -> str | None:
        return None if value is None else f"must be null, not {shown(value)}"


NULL = Null()


@dataclass(frozen=True, slots=True)
class Name(Shape):
    """A component of a kind (`schemas`) by its name, or one of the words that may stand in its place.

    That the name leads to a component is checked when all documents are there.
    """

    kind: str
    what: str
    known: tuple[str, ...] = ()
    pattern: str = r"[A-Z][A-Za-z0-9]*"

    @property
    def words(self) -> str:
        return self.what

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"text"})

    def fault(self, value: JSON) -> str | None:
        if isinstance(value, str) and (value in self.known or re.fullmatch(self.pattern, value)):
            return None
        return f"must be {self.what}, not {shown(value)}{nearest(value, self.known)}"
