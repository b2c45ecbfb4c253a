"""Pure: from a declared index to the function that reads a record's values under it, made once per index.

Every write asks for all values of a record, so paths are turned into small functions instead of being walked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

from kustomer_sandbox.contracts.model import Index
from kustomer_sandbox.simulator.store.protocol import Key
from kustomer_sandbox.simulator.values.record import JSON

Reader = Callable[[JSON], tuple[Key, ...]]
"""A record's values under an index: scalars, in the order they are met, each once."""

_Path = tuple[str, ...]
_SCALARS = (str, int, float)


@cache
def reader(index: Index) -> Reader:
    """What gives a record's values under an index, joined and folded as it says."""
    read = _plain(index.path)
    if index.joined:
        read = _joined((read, *map(_plain, index.joined)))
    return _folding(read) if index.fold else read


def parts_of(index: Index) -> frozenset[str]:
    """The parts of a record an index reads: while these stay as they are, so do a record's values under it.

    Attributes by their names, relationships as `relationships.customer`. What stands beside both (`klass`) is left out.
    """
    paths = (index.path, *index.joined)
    below = (path[1].split("+") for path in paths if path[:1] == ("attributes",) and path[1:])
    related = {f"relationships.{path[1]}" for path in paths if path[:1] == ("relationships",) and path[1:]}
    return frozenset(related.union(name for names in below for name in names))


def _plain(path: _Path) -> Reader:
    """`*` spreads a list; a last step `a+b` puts two fields together with `:` between."""
    if "*" in path:
        at = path.index("*")
        return _spread(path[:at], path[at + 1 :])
    if "+" in path[-1]:
        return _pair(path[:-1], tuple(path[-1].split("+")))
    if len(path) == len(("attributes", "name")):
        return _of_two(*path)

    def read(record: JSON) -> tuple[Key, ...]:
        node = record
        for step in path:
            if not isinstance(node, dict):
                return ()
            node = node.get(step)
        return (node,) if isinstance(node, _SCALARS) else ()

    return read


def _of_two(section: str, name: str) -> Reader:
    """Most paths have two steps: their values are read without a loop."""

    def read(record: JSON) -> tuple[Key, ...]:
        node = record.get(section) if isinstance(record, dict) else None
        value = node.get(name) if isinstance(node, dict) else None
        return (value,) if isinstance(value, _SCALARS) else ()

    return read


def _spread(before: _Path, after: _Path) -> Reader:
    rest = _plain(after) if after else _scalar

    def read(record: JSON) -> tuple[Key, ...]:
        items = _at(record, before)
        if not items or not isinstance(items, list):
            return ()
        return tuple(dict.fromkeys(value for item in items for value in rest(item)))

    return read


def _scalar(node: JSON) -> tuple[Key, ...]:
    return (node,) if isinstance(node, _SCALARS) else ()


def _pair(before: _Path, names: _Path) -> Reader:
    def read(record: JSON) -> tuple[Key, ...]:
        node = _at(record, before)
        return (":".join(str(node.get(name)) for name in names),) if isinstance(node, dict) else ()

    return read


def _joined(parts: tuple[Reader, ...]) -> Reader:
    def combined(record: JSON) -> Iterator[Key]:
        for values in product(*(part(record) for part in parts)):
            yield ":".join(map(str, values))

    return lambda record: tuple(dict.fromkeys(combined(record)))


def _folding(read: Reader) -> Reader:
    def folded(record: JSON) -> tuple[Key, ...]:
        values = read(record)
        return tuple(dict.fromkeys(v.lower() if isinstance(v, str) else v for v in values)) if values else ()

    return folded


def _at(node: Any, path: _Path) -> Any:  # noqa: ANN401 - any JSON value can stand there
    for step in path:
        if not isinstance(node, dict):
            return None
        node = node.get(step)
    return node
