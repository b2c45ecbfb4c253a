"""Which index can stand in for a scan. A hint never loses a record: the rest of the query is matched after it."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.simulator.search.query import Criterion, FilterNode, IndexHint, Query, Test
from kustomer_sandbox.simulator.store.protocol import Key, Range

_RANK = {"equals": 0, "in": 1, "klass": 2, "range": 3}


def hints(query: Query) -> list[IndexHint]:
    """Every indexed criterion that all matches must satisfy: equality before lists before ranges.

    A caller that can count may choose by size instead.
    """
    return [hint for _, hint in sorted(_ranked(query), key=lambda found: found[0])]


def _ranked(query: Query) -> Iterator[tuple[int, IndexHint]]:
    if query.context.klass is not None:
        yield _RANK["klass"], IndexHint(table=query.context.type, index="klass", at=(query.context.klass,))
    for criterion in _required(query.where):
        attribute = criterion.attribute
        if attribute.index is None or attribute.type != query.context.type:
            continue
        if found := _keys(tuple(test for test in criterion.tests if not test.negated)):
            rank, at = found
            yield rank, IndexHint(table=query.context.type, index=attribute.index, at=at)


def _required(node: FilterNode) -> Iterator[Criterion]:
    """Criteria that hold in every match: those reached through `and` alone, or an `or` of one."""
    if isinstance(node, Criterion):
        yield node
    elif node.kind == "all" or (node.kind == "any" and len(node.nodes) == 1):
        for part in node.nodes:
            yield from _required(part)


def _keys(tests: tuple[Test, ...]) -> tuple[int, tuple[Key | Range, ...]] | None:
    for test in tests:
        if test.operator == "equals" and isinstance(test.operand, str | int | float):
            return _RANK["equals"], (test.operand,)
        if test.operator == "in" and isinstance(test.operand, tuple):
            return _RANK["in"], tuple(dict.fromkeys(test.operand))
    bounds = [test for test in tests if test.operator in ("gte", "gt", "lte", "lt")]
    return (_RANK["range"], (_range(bounds),)) if bounds else None


def _range(tests: list[Test]) -> Range:
    """One lower and one upper bound; of several, any one is enough for a hint, so the first is taken."""
    low = next((test for test in tests if test.operator in ("gte", "gt")), None)
    high = next((test for test in tests if test.operator in ("lte", "lt")), None)
    return Range(
        low=_key(low),
        high=_key(high),
        above_low=low is not None and low.operator == "gt",
        below_high=high is not None and high.operator == "lt",
    )


def _key(test: Test | None) -> Key | None:
    return None if test is None or isinstance(test.operand, tuple) else test.operand
