"""What may stand below a place: lists, mappings of names, and forms, which are mappings whose keys are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.contracts.vocabulary.shapes import NULL, Shape, Text, Word, kind_of, shown

KeyRule = Callable[[Mapping[str, Any]], str | None]
"""What the keys of one mapping ask of each other: what is wrong, in words, or None."""


@dataclass(frozen=True, slots=True)
class Listing(Shape):
    """A list whose items have one shape. `least` says how many there must be; none may come twice."""

    item: Shape
    least: int = 0

    @property
    def words(self) -> str:
        return f"list{' (not empty)' if self.least else ''}, each: {self.item.words}"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a list"})

    def fault(self, value: JSON) -> str | None:
        if not isinstance(value, list):
            return f"must be a list, not {shown(value)}"
        if len(value) < self.least:
            return f"must not be empty: a {self.words}"
        twice = next((item for at, item in enumerate(value) if item in value[:at]), None)
        return None if twice is None else f"has {shown(twice)} twice"

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        for at, item in enumerate(value):
            yield at, item, self.item


@dataclass(frozen=True, slots=True)
class Names(Shape):
    """A mapping whose keys are names of the document's own: `of` says of what, `name` what they look like."""

    of: str
    value: Shape
    name: Shape = field(default_factory=Text)
    least: int = 0

    @property
    def words(self) -> str:
        return f"mapping of {self.of} to {self.value.words}"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a mapping"})

    def fault(self, value: JSON) -> str | None:
        if not isinstance(value, dict):
            return f"must be a mapping of {self.of}, not {shown(value)}"
        if len(value) < self.least:
            return f"must not be empty: a {self.words}"
        return next((f"key {key!r} {fault}" for key in value if (fault := self.name.fault(key))), None)

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        for key, item in value.items():
            yield key, item, self.value


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One key of a form: the shape of its value and what it means."""

    name: str
    shape: Shape
    meaning: str
    required: bool = False
    filled: bool = False
    """Whether it must be there once the document is in full: written, or added by the expansion."""


@dataclass(frozen=True, slots=True)
class Form(Shape):
    """A mapping with known keys, and the rules between them."""

    name: str
    meaning: str
    keys: tuple[KnownKey, ...]
    rules: tuple[KeyRule, ...] = ()
    besides: Form | None = None
    """The form whose keys may stand here too; `emptied` says that null takes them away."""
    emptied: bool = False
    shapes: Mapping[str, Shape] = field(init=False, repr=False)
    """The keys' shapes by name."""

    def __post_init__(self) -> None:
        others: Mapping[str, Shape] = self.besides.shapes if self.besides else {}
        if self.emptied:
            others = {name: Either((shape, NULL)) for name, shape in others.items() if name != "default"}
        object.__setattr__(self, "shapes", {**others, **{key.name: key.shape for key in self.keys}})

    @property
    def words(self) -> str:
        return f"[{self.name}](#{self.name.lower().replace(' ', '-')})"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a mapping"})

    def fault(self, value: JSON) -> str | None:
        if not isinstance(value, dict):
            return f"must be a mapping ({self.name}), not {shown(value)}"
        strange = next((key for key in value if key not in self.shapes), None)
        if strange is not None:
            return unknown(strange, list(self.shapes))
        missing = next((key for key in self.keys if key.required and key.name not in value), None)
        return None if missing is None else f"{missing.name} is missing ({missing.meaning})"

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        for key, item in value.items():
            yield key, item, self.shapes[key]

    def clash(self, value: JSON) -> str | None:
        return next((fault for rule in self.rules if (fault := rule(value))), None)


@dataclass(frozen=True, slots=True)
class Later(Shape):
    """A form that holds itself, by way of others: looked up when it is needed."""

    name: str
    form: Callable[[], Form]

    @property
    def words(self) -> str:
        return self.form().words

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a mapping"})

    def fault(self, value: JSON) -> str | None:
        return self.form().fault(value)

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        return self.form().parts(value)

    def chosen(self, value: JSON) -> Shape:
        return self.form().chosen(value)

    def clash(self, value: JSON) -> str | None:
        return self.form().clash(value)


@dataclass(frozen=True, slots=True)
class Either(Shape):
    """One of several shapes, told apart by the kind of the value."""

    options: tuple[Shape, ...]
    by_kind: Mapping[str, Shape] = field(init=False, repr=False)
    """The first shape for each kind of value."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_kind", {kind: o for o in reversed(self.options) for kind in o.kinds})

    @property
    def words(self) -> str:
        return " or ".join(option.words for option in self.options)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset().union(*(option.kinds for option in self.options))

    def fault(self, value: JSON) -> str | None:
        option = self._option(value)
        return f"must be {self.words}, not {shown(value)}" if option is None else option.fault(value)

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        option = self._option(value)
        return iter(()) if option is None else option.parts(value)

    def chosen(self, value: JSON) -> Shape:
        option = self._option(value)
        return self if option is None else option.chosen(value)

    def clash(self, value: JSON) -> str | None:
        option = self._option(value)
        return None if option is None else option.clash(value)

    def _option(self, value: JSON) -> Shape | None:
        return self.by_kind.get(kind_of(value))


@dataclass(frozen=True, slots=True)
class Cases(Shape):
    """One of several forms, told apart by the word that one of their keys says."""

    by: str
    forms: Mapping[str, Form]

    @property
    def words(self) -> str:
        return " or ".join(form.words for form in self.forms.values())

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a mapping"})

    def fault(self, value: JSON) -> str | None:
        if not isinstance(value, dict):
            return f"must be a mapping with {self.by}, not {shown(value)}"
        if self.by in value:
            return None if self._fault_of_word(value) else self._form(value).fault(value)
        known = list(dict.fromkeys(key.name for form in self.forms.values() for key in form.keys))
        strange = next((key for key in value if key not in known), None)
        return f"{self.by} is missing" if strange is None else unknown(strange, known)

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        if self._fault_of_word(value):
            yield self.by, value[self.by], Word(tuple(self.forms))
        else:
            yield from self._form(value).parts(value)

    def chosen(self, value: JSON) -> Shape:
        return self._form(value)

    def clash(self, value: JSON) -> str | None:
        return self._form(value).clash(value)

    def _fault_of_word(self, value: Mapping[str, Any]) -> str | None:
        return Word(tuple(self.forms)).fault(value[self.by])

    def _form(self, value: Mapping[str, Any]) -> Form:
        return self.forms[value[self.by]]


@dataclass(frozen=True, slots=True)
class Referable(Shape):
    """A form, or another one that is told by a key of its own: a reference to one among the components."""

    form: Form
    reference: Form
    key: str = "$ref"

    @property
    def words(self) -> str:
        return f"{self.form.words} or {self.reference.words}"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"a mapping"})

    def fault(self, value: JSON) -> str | None:
        return self.chosen_form(value).fault(value)

    def parts(self, value: JSON) -> Iterator[tuple[str | int, JSON, Shape]]:
        return self.chosen_form(value).parts(value)

    def clash(self, value: JSON) -> str | None:
        return self.chosen_form(value).clash(value)

    def chosen_form(self, value: JSON) -> Form:
        """The one of its two forms that the value has."""
        return self.reference if isinstance(value, dict) and self.key in value else self.form


def unknown(key: str, known: Sequence[str]) -> str:
    """The words for a key that nobody knows."""
    return f"unknown key {key!r}{nearest(key, known) or '; known are ' + ', '.join(known)}"
