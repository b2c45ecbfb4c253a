"""From records of one type to the records of another that they belong to: `Relations`, for sets of records."""

from __future__ import annotations

from collections.abc import Callable

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.facets import reference_to
from kustomer_sandbox.simulator.search.columns.postings import NONE, united
from kustomer_sandbox.simulator.search.columns.table import Columns
from kustomer_sandbox.simulator.search.relations import between, names_one

ColumnsOf = Callable[[str], Columns]
"""The opened columns of a type."""

Shown = Callable[[str], FrozenBitMap]
"""The records of a type that a search may see: deleted ones only if it asks for them."""


def steps(source: str, wanted: str) -> tuple[tuple[str, str], ...]:
    """The references on the way from one type to another: `(type, other)`, where the first names the second.

    Empty where no way leads there.
    """
    if names_one(source, wanted):
        return ((source, wanted),)
    if names_one(wanted, source):
        return ((wanted, source),)
    middle = between(source, wanted)
    if middle is None:
        return ()
    first, second = steps(source, middle), steps(middle, wanted)
    return (*first, *second) if first and second else ()


def owners(found: FrozenBitMap, source: str, wanted: str, columns: ColumnsOf, shown: Shown) -> FrozenBitMap:
    """The records of `source` to which some of `found`, records of `wanted`, are related."""
    at = wanted
    for holder, named in reversed(steps(source, wanted)):
        # Who is looked up by an index is there only if it may be seen; who is named is there even if deleted.
        if at == holder:
            found = _named_by(found & shown(holder), columns(holder), named, columns(named))
            at = named
        else:
            found = _naming(found, columns(named), named, columns(holder))
            at = holder
    return found if at == source else NONE


def _naming(found: FrozenBitMap, named: Columns, kind: str, holders: Columns) -> FrozenBitMap:
    """The records that name one of `found`."""
    references = holders[reference_to(kind)]
    return united(references.having(id) for id in named.ids(found)) & holders.live


def _named_by(found: FrozenBitMap, holders: Columns, kind: str, named: Columns) -> FrozenBitMap:
    """The records that one of `found` names."""
    held = holders[reference_to(kind)].terms()
    ids = [id for id, posting in held if (posting in found if isinstance(posting, int) else posting.intersect(found))]
    return united(named.at(str(id)) for id in ids)
