"""Which records a query finds, worked out with sets: boolean groups become set operations.

An answer is two sets, what surely satisfies a condition and what perhaps does. They differ only where a column does
not tell everything (several words that may stand in different values); these records are left to `match`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.column import Column
from kustomer_sandbox.simulator.search.columns.facets import (
    ANY_VALUE,
    DELETED,
    KLASS,
    MANY_VALUES,
    UPDATED,
    hour_of,
    values_of,
    words_of,
)
from kustomer_sandbox.simulator.search.columns.joins import owners
from kustomer_sandbox.simulator.search.columns.postings import NONE, united
from kustomer_sandbox.simulator.search.columns.table import Columns
from kustomer_sandbox.simulator.search.operators import meaning
from kustomer_sandbox.simulator.search.query import Attribute, Criterion, FilterNode, Group, Query, Test
from kustomer_sandbox.simulator.search.relations import subjects_of
from kustomer_sandbox.simulator.store.protocol import Range


class Found(NamedTuple):
    """Records that surely satisfy a condition, and those that perhaps do, which are more or the same."""

    surely: FrozenBitMap
    perhaps: FrozenBitMap


NOTHING = Found(NONE, NONE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """One query over the opened columns of the types it touches."""

    query: Query
    columns: dict[str, Columns]

    def found(self) -> Found:
        """The records of the query's context that it finds."""
        whole = self._whole()
        found = self._node(self.query.where, whole.perhaps)
        return Found(found.surely & whole.surely, found.perhaps)

    def shown(self, kind: str) -> FrozenBitMap:
        """The records of a type that are not deleted, or all if the query includes those that are."""
        columns = self.columns[kind]
        return columns.live if self.query.include_deleted else columns.live - columns[DELETED].present

    def _whole(self) -> Found:
        """The records that are of the klass and the period asked for."""
        query = self.query
        columns = self.columns[query.context.type]
        whole = self.shown(query.context.type)
        if query.context.klass is not None:
            whole &= united([columns[KLASS].having(query.context.klass)])
        hour = hour_of(query.horizon)
        old = columns[UPDATED].within(Range(high=hour, below_high=True))
        doubtful = united([columns[UPDATED].having(hour)])
        if query.archive:
            return Found(whole & old, whole & (old | doubtful))
        return Found(whole - old - doubtful, whole - old)

    def _node(self, node: FilterNode, whole: FrozenBitMap) -> Found:
        """What of `whole` satisfies a part of the query."""
        if isinstance(node, Criterion):
            return self._criterion(node, whole)
        if node.kind == "all":
            return self._all(node, whole)
        found = [self._node(part, whole) for part in node.nodes]
        surely, perhaps = united(part.surely for part in found), united(part.perhaps for part in found)
        return Found(surely, perhaps) if node.kind == "any" else Found(whole - perhaps, whole - surely)

    def _all(self, group: Group, whole: FrozenBitMap) -> Found:
        surely = perhaps = whole
        for part in group.nodes:
            found = self._node(part, perhaps)
            surely, perhaps = surely & found.surely, found.perhaps
        return Found(surely, perhaps)

    def _criterion(self, criterion: Criterion, whole: FrozenBitMap) -> Found:
        """Positive tests hold together on one record; a negated test holds when its opposite holds on none."""
        surely = perhaps = whole
        wanted = [test for test in criterion.tests if not test.negated]
        if wanted:
            found = self._having(criterion, wanted)
            surely, perhaps = surely & found.surely, perhaps & found.perhaps
        for test in criterion.tests:
            if test.negated:
                found = self._having(criterion, [test])
                surely, perhaps = surely - found.perhaps, perhaps - found.surely
        return Found(surely, perhaps)

    def _having(self, criterion: Criterion, tests: Sequence[Test]) -> Found:
        """The records of the context that satisfy the tests, or to which some record is related that does."""
        own = self.query.context.type
        found = []
        for kind in subjects_of(criterion.attribute, own):
            passing = self._passing(self.columns[kind], criterion.attribute, tests)
            if kind != own:
                passing = Found(*(self._owners(part, kind) for part in passing))
            found.append(passing)
        return Found(united(part.surely for part in found), united(part.perhaps for part in found))

    def _owners(self, found: FrozenBitMap, kind: str) -> FrozenBitMap:
        visible = found & self.shown(kind)
        return owners(visible, self.query.context.type, kind, self.columns.__getitem__, self.shown)

    def _passing(self, columns: Columns, attribute: Attribute, tests: Iterable[Test]) -> Found:
        """The records of one type that satisfy the tests themselves."""
        surely = perhaps = columns.live
        for test in tests:
            found = _tested(columns, attribute, test)
            surely, perhaps = surely & found.surely, perhaps & found.perhaps
        return Found(surely, perhaps)


def by_words(attribute: Attribute, test: Test) -> bool:
    """Whether a test is about the words of a text."""
    return attribute.operator == "any" or (attribute.operator == "text" and test.operator in ("contains", "set"))


def _tested(columns: Columns, attribute: Attribute, test: Test) -> Found:
    if by_words(attribute, test):
        return _with_words(columns[words_of(attribute)], test)
    found = _with_value(columns[values_of(attribute)], attribute, test)
    return Found(found, found)


def _with_words(column: Column, test: Test) -> Found:
    """All words in one value: of a record that has several values only `match` can tell."""
    words = test.operand if isinstance(test.operand, tuple) else ()
    found = united([column.having(ANY_VALUE)])
    for word in words:
        found = found & united([column.having(word)])
    doubtful = united([column.having(MANY_VALUES)]) if len(words) > 1 else NONE
    return Found(found - doubtful, found)


def _with_value(column: Column, attribute: Attribute, test: Test) -> FrozenBitMap:
    operand = test.operand
    if test.operator == "set":
        return column.present
    if test.operator == "in" and isinstance(operand, tuple):
        return united(column.having(value) for value in operand)
    if test.operator == "equals" and not isinstance(operand, tuple) and operand is not None:
        return united([column.having(operand)])
    if test.operator in ("gte", "gt") and not isinstance(operand, tuple):
        return column.within(Range(low=operand, above_low=test.operator == "gt"))
    if test.operator in ("lte", "lt") and not isinstance(operand, tuple):
        return column.within(Range(high=operand, below_high=test.operator == "lt"))
    return column.where(f"{test.operator} {operand}", meaning(attribute.operator, test))
