"""A search by columns: opens what a query needs, finds, and cuts a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.evaluate import Evaluation, by_words
from kustomer_sandbox.simulator.search.columns.facets import (
    DELETED,
    KLASS,
    UPDATED,
    Facet,
    reference_to,
    values_of,
    words_of,
)
from kustomer_sandbox.simulator.search.columns.joins import steps
from kustomer_sandbox.simulator.search.columns.order import OrderKey
from kustomer_sandbox.simulator.search.columns.table import Columns, Tables, opened
from kustomer_sandbox.simulator.search.match import match
from kustomer_sandbox.simulator.search.query import Criterion, FilterNode, Query, Related
from kustomer_sandbox.simulator.search.relations import subjects_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches:
    """Everything that a query finds, as ids."""

    query: Query
    columns: Columns
    found: FrozenBitMap

    def __len__(self) -> int:
        return len(self.found)

    def page(self, start: int, end: int) -> list[str]:
        """The ids with rank `start` to `end - 1` in the query's order."""
        keys = [OrderKey(self.columns[values_of(key.attribute)], key.direction) for key in self.query.sort]
        return self.columns.ids(self.columns.order(keys).cut(self.found, start, end))

    def ids(self) -> list[str]:
        """All of them, in no order."""
        return self.columns.ids(self.found)


def find(query: Query, tables: Tables, related: Related) -> Matches | None:
    """What a query finds, as `match` would; None where no columns can be kept with its records."""
    if tables.table_cache(query.context.type) is None:
        return None
    columns = {kind: opened(tables, kind, facets) for kind, facets in _needs(query).items()}
    found = Evaluation(query=query, columns=columns).found()
    own = columns[query.context.type]
    doubtful = found.perhaps - found.surely
    if not doubtful:
        return Matches(query=query, columns=own, found=found.surely)
    records = tables.each(query.context.type, own.ids(doubtful))
    passing = [own.at(str(record["id"])) for record in records if match(query, record, related)]
    return Matches(query=query, columns=own, found=FrozenBitMap.union(found.surely, *passing))


def _needs(query: Query) -> dict[str, set[Facet]]:
    """The columns that the query looks at, by type."""
    own = query.context.type
    needs: dict[str, set[Facet]] = {own: {DELETED, UPDATED}}
    if query.context.klass is not None:
        needs[own].add(KLASS)
    needs[own] |= {values_of(key.attribute) for key in query.sort}
    for criterion in _criteria(query.where):
        for kind in subjects_of(criterion.attribute, own):
            facets = needs.setdefault(kind, {DELETED})
            for test in criterion.tests:
                of = words_of if by_words(criterion.attribute, test) else values_of
                facets.add(of(criterion.attribute))
            for holder, named in steps(own, kind):
                needs.setdefault(holder, {DELETED}).add(reference_to(named))
                needs.setdefault(named, {DELETED})
    return needs


def _criteria(node: FilterNode) -> Iterator[Criterion]:
    if isinstance(node, Criterion):
        yield node
    else:
        for part in node.nodes:
            yield from _criteria(part)
