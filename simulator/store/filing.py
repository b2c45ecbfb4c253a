"""Under which keys a record is filed in the indexes of a table, in little room, and what moves when they change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kustomer_sandbox.simulator.store.protocol import Key, Keys

MOST_KNOWN = 1024
"""How many texts a table remembers, to keep equal ones once; beyond it all are forgotten."""

Filed = tuple[tuple[str, ...], *tuple[Key | tuple[Key, ...], ...]]
"""Under which keys a record is filed: the names of the indexes, then for each its one key, or its keys in order.

Every record has one as long as it is there, so it is one tuple and no more; names and equal texts are shared.
"""

MISSING_KEYS: Filed = ((),)


@lru_cache(maxsize=4096)
def _shared_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same tuple for the same names."""
    return names


def _keys(held: Key | tuple[Key, ...]) -> tuple[Key, ...]:
    return held if isinstance(held, tuple) else (held,)


class Texts:
    """The texts that one table has met lately, to keep equal ones once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def filed(self, id: str, keys: Keys | Filed) -> Filed:
        """Keys as they are filed: each value once, in order; absent ones left out."""
        if isinstance(keys, tuple):
            return keys  # put back as it was
        names: list[str] = []
        found: list[Key | tuple[Key, ...]] = []
        for name, values in keys.items():
            if len(values) == 1:
                names.append(name)
                found.append(self._once(id, values[0]))
            elif values:
                names.append(name)
                several = tuple(sorted(set(values)))
                found.append(several if len(several) > 1 else several[0])
        return (_shared_names(tuple(names)), *found)

    def _once(self, id: str, key: Key) -> Key:
        """A key, of equal texts always the same one."""
        if not isinstance(key, str):
            return key
        if key == id:
            return id
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        return self._known.setdefault(key, key)


def moves(id: str, old: Filed | None, new: Filed | None) -> Iterator[tuple[str, tuple[Key, ...], tuple[Key, ...]]]:
    """The indexes in which a record has other keys than before, with both: `()` for none."""
    if old is None or new is None:
        before: tuple[Key, ...] = () if old is None else (id,)
        after: tuple[Key, ...] = () if new is None else (id,)
        if before != after:
            yield "id", before, after
    old, new = old or MISSING_KEYS, new or MISSING_KEYS
    if old[0] is new[0]:
        yield from ((n, _keys(a), _keys(b)) for n, a, b in zip(new[0], old[1:], new[1:], strict=True) if a != b)
        return
    left, kept = dict(zip(old[0], old[1:], strict=True)), dict(zip(new[0], new[1:], strict=True))
    for name, keys in kept.items():
        gone = left.pop(name, ())
        if gone != keys:
            yield name, _keys(gone), _keys(keys)
    yield from ((name, _keys(keys), ()) for name, keys in left.items())
