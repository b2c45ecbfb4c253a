"""A mapping that only grows, whose copies share what they had in common."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Generic, TypeVar

MOST_BESIDE = 512
"""How many entries a copy takes along as its own; with more, all are put into one dict, which is then shared."""

K = TypeVar("K")
V = TypeVar("V")


class Layered(Generic[K, V]):
    """Entries written here, before a dict that is shared and never written to."""

    __slots__ = ("_base", "_own")

    def __init__(self) -> None:
        self._base: dict[K, V] = {}
        self._own: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value under a key; None if there is none."""
        found = self._own.get(key)
        return self._base.get(key) if found is None else found

    def put(self, key: K, value: V) -> None:
        self._own[key] = value

    def items(self) -> Iterator[tuple[K, V]]:
        """Every entry once."""
        own = self._own
        if not own or not self._base:
            return iter((own or self._base).items())
        return chain(own.items(), ((key, value) for key, value in self._base.items() if key not in own))

    def copy(self) -> Layered[K, V]:
        """An independent copy; this one may be written to afterwards as well."""
        if not self._base:
            self._base, self._own = self._own, {}
        elif len(self._own) > MOST_BESIDE:
            self._base, self._own = {**self._base, **self._own}, {}
        other: Layered[K, V] = Layered()
        other._base, other._own = self._base, self._own.copy()
        return other
