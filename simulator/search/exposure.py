"""How much the answer to a search could tell of each attribute it names. Nothing here knows what is masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kustomer_sandbox.simulator.search.query import Attribute, Criterion, FilterNode, Query, Test


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """What a search asks of an attribute: whole values, parts of them or their size, their order, their presence.

    `values` is how many whole values it compares.
    """

    attribute: Attribute
    asks: Literal["whole", "part", "order", "presence"]
    values: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether an answer tells of a whole value at most: that it is one of those given, or that there is one."""
        return self.asks in ("whole", "presence")


def exposures(query: Query) -> Iterator[Exposure]:
    """All that a search asks but for its aggregations, which are judged by what is found."""
    yield from _of(query.where)
    yield from (Exposure(attribute=key.attribute, asks="order") for key in query.sort)


def _of(node: FilterNode) -> Iterator[Exposure]:
    if isinstance(node, Criterion):
        yield from (_exposure(node.attribute, test) for test in node.tests)
    else:
        for part in node.nodes:
            yield from _of(part)


def _exposure(attribute: Attribute, test: Test) -> Exposure:
    if test.operator == "set":
        return Exposure(attribute=attribute, asks="presence")
    if test.operator not in ("equals", "in"):
        return Exposure(attribute=attribute, asks="part")
    values = len(test.operand) if isinstance(test.operand, tuple) else 1
    return Exposure(attribute=attribute, asks="whole", values=values)
