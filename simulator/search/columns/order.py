"""A page of an order, cut without putting everything in order: what stands before the page is only counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.blocks import Block
from kustomer_sandbox.simulator.search.columns.column import Column
from kustomer_sandbox.simulator.search.columns.postings import Posting, united
from kustomer_sandbox.simulator.search.query import Direction

Resolve = Callable[[FrozenBitMap, int, int], list[int]]


class OrderKey(NamedTuple):
    """A column and its direction."""

    column: Column
    direction: Direction


FEW = 1000
"""So many records that only their ids tell apart are sorted; of more the page is cut by the column of ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordOrder:
    """As `sort.order`: of several values the first in the direction counts, records without a value come last.

    Ties are in the order of `ids`, which are by position and stand in the column `by_id` as well.
    """

    keys: Sequence[OrderKey]
    ids: Sequence[str]
    by_id: Column

    def cut(self, found: FrozenBitMap, start: int, end: int) -> list[int]:
        """The positions with rank `start` to `end - 1` among `found`."""
        end = min(end, len(found))
        return self._cut(found, 0, start, end) if start < end else []

    def _cut(self, found: FrozenBitMap, level: int, start: int, end: int) -> list[int]:
        if level < len(self.keys):
            key = self.keys[level]
        elif len(found) <= FEW:
            return sorted(found, key=self.ids.__getitem__)[start:end]
        else:
            key = OrderKey(self.by_id, "asc")

        def resolve(ties: FrozenBitMap, start: int, end: int) -> list[int]:
            return self._cut(ties, level + 1, start, end)

        return _Level(found, key, resolve, start, end).positions()


class _Level:
    """Goes through the values of one key, counting until the page begins; `resolve` orders those that tie."""

    __slots__ = ("_column", "_direction", "_resolve", "_rest", "_skip", "_taken", "_wanted")

    def __init__(self, found: FrozenBitMap, key: OrderKey, resolve: Resolve, start: int, end: int) -> None:
        self._rest = found
        self._column, self._direction = key
        self._resolve = resolve
        self._skip = start
        self._wanted = end - start
        self._taken: list[int] = []

    def positions(self) -> list[int]:
        for block in self._column.walk(self._direction):
            self._take_block(block)
            if len(self._taken) >= self._wanted:
                return self._taken
        self._take(self._rest - self._column.present)
        return self._taken

    def _take_block(self, block: Block) -> None:
        count = self._rest.intersection_cardinality(block.records)
        if count <= self._skip:
            self._skip -= count
            self._forget(block.records)
            return
        for value in block.keys if self._direction == "asc" else reversed(block.keys):
            posting = self._column.having(value)
            if not isinstance(posting, int):
                self._take(self._rest & posting)
            elif posting in self._rest:
                self._take_one(posting)
            self._forget(posting)
            if len(self._taken) >= self._wanted:
                return

    def _take_one(self, position: int) -> None:
        if self._skip:
            self._skip -= 1
        else:
            self._taken.append(position)

    def _take(self, ties: FrozenBitMap) -> None:
        """What is wanted of records that this key does not tell apart."""
        if len(ties) <= self._skip:
            self._skip -= len(ties)
        elif len(ties) == 1:
            self._taken.append(ties[0])
        else:
            wanted = min(self._wanted - len(self._taken), len(ties) - self._skip)
            self._taken += self._resolve(ties, self._skip, self._skip + wanted)
            self._skip = 0

    def _forget(self, posting: Posting) -> None:
        """A record of several values has had its place."""
        if self._column.has_several:
            self._rest -= united((posting,))
