"""Under which keys a record stands in the indexes of a table, in little room, and what moves when they change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from kustomer_sandbox.simulator.store.protocol import Key, Keys

MOST_KNOWN = 1024
"""How many texts a table remembers, to keep equal ones once; beyond it all are forgotten."""

IndexKeys = tuple[tuple[str, ...], *tuple[Key | tuple[Key, ...], ...]]
"""Under which keys a record stands: the names of the indexes, then for each its one key, or its keys in order.

Every record has one as long as it is there, so it is one tuple and no more; names and equal texts are shared.
"""

Move = tuple[str, tuple[Key, ...], tuple[Key, ...]]
"""An index, the keys under which a record stands in it, and those under which it is to stand."""


@lru_cache(maxsize=4096)
def _shared_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same tuple for the same names."""
    return names


class KeyInterner:
    """Makes the index keys of one table. It knows the texts that were met lately, to keep equal ones once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def interned(self, id: str, keys: Keys | IndexKeys) -> IndexKeys:
        """Keys as indexes have them: each value once, in order; absent ones left out."""
        if isinstance(keys, tuple):
            return keys  # put back as it was
        known = self._known
        if len(known) > MOST_KNOWN:
            known.clear()
        names: list[str] = []
        found: list[Key | tuple[Key, ...]] = []
        for name, values in keys.items():
            if len(values) == 1:
                key = values[0]
                names.append(name)
                found.append(key if not isinstance(key, str) else id if key == id else known.setdefault(key, key))
            elif values:
                names.append(name)
                several = tuple(sorted(set(values)))
                found.append(several if len(several) > 1 else several[0])
        return (_shared_names(tuple(names)), *found)


def moves(id: str, old: IndexKeys | None, new: IndexKeys | None) -> list[Move]:
    """The indexes in which a record has other keys than before, with both: `()` for none."""
    if old is None:
        return [] if new is None else [("id", (), (id,)), *((n, (), k) for n, k in _all(new))]
    if new is None:
        return [("id", (id,), ()), *((n, k, ()) for n, k in _all(old))]
    if old[0] is new[0]:
        return [(n, _keys(a), _keys(b)) for n, a, b in zip(new[0], old[1:], new[1:], strict=True) if a != b]
    left, found = dict(_all(old)), []
    for name, keys in _all(new):
        gone = left.pop(name, ())
        if gone != keys:
            found.append((name, gone, keys))
    return [*found, *((name, keys, ()) for name, keys in left.items())]


def as_keys(keys: IndexKeys) -> Keys:
    """Keys as a caller of the store gives them."""
    return dict(_all(keys))


def _all(keys: IndexKeys) -> Iterable[tuple[str, tuple[Key, ...]]]:
    return zip(keys[0], map(_keys, keys[1:]), strict=True)


def _keys(held: Key | tuple[Key, ...]) -> tuple[Key, ...]:
    return held if isinstance(held, tuple) else (held,)
