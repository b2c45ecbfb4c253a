"""Pure: from a declared index to the function that reads a record's values under it, made once per index.

Every write asks for all values of a record, so paths are compiled into small functions instead of being walked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

from contracts.model import Index
from simulator.call import JSON
from simulator.store.protocol import Key

Reader = Callable[[JSON], list[Key]]
"""A record's values under an index."""

_Reach = Callable[[JSON], list[JSON]]
"""Everything at a path below a node, in order."""


@cache
def reader(index: Index) -> Reader:
    """What gives a record's values under an index: scalars only, joined and folded as it says."""
    first, *further = (_scalars(_reach(path)) for path in (index.path, *index.joined))
    read = _joined((first, *further)) if further else first
    return _folding(read) if index.fold else read


def _scalars(reach: _Reach) -> Reader:
    return lambda record: [value for value in reach(record) if isinstance(value, str | int | float)]


def _joined(parts: tuple[Reader, ...]) -> Reader:
    return lambda record: [":".join(map(str, values)) for values in product(*(part(record) for part in parts))]


def _folding(read: Reader) -> Reader:
    return lambda record: [value.lower() if isinstance(value, str) else value for value in read(record)]


def _reach(path: tuple[str, ...]) -> _Reach:
    """`*` spreads a list; `a+b` puts two fields together with `:` between."""
    if not path:
        return lambda node: [node]
    head, rest = path[0], _reach(path[1:])
    if head == "*":
        return lambda node: [value for item in node for value in rest(item)] if isinstance(node, list) else []
    if "+" in head:
        names = head.split("+")
        return lambda node: [":".join(str(node.get(name)) for name in names)] if isinstance(node, dict) else []
    if len(path) == 1:
        return lambda node: [node[head]] if isinstance(node, dict) and head in node else []
    return lambda node: rest(node[head]) if isinstance(node, dict) and head in node else []
