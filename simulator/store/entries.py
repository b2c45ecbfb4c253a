"""A long sorted sequence of `(key, id)` pairs, kept in blocks: what one index of the memory store is made of.

Decision: blocks of a few hundred entries instead of one list. An insertion shifts one block, not the whole
index (100,000 records with twelve indexes in random order: 11 s against 25 s), and a copy shares all blocks
until it writes to one. The cost: ranks are sums of block lengths, worked out at the first read after a write.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import accumulate
from operator import itemgetter

from kustomer_sandbox.simulator.store.protocol import Key

IndexEntry = tuple[Key, str]
"""A key and the id of the record filed under it."""

BLOCK = 512
"""The most entries of a block."""

_key = itemgetter(0)
_last = itemgetter(-1)


def _last_key(block: list[IndexEntry]) -> Key:
    return block[-1][0]


class Entries:
    """Distinct sorted entries. Made from another sequence it is an independent copy that shares its blocks.

    The original must not be written to afterwards: it still believes that its blocks are its own.
    """

    __slots__ = ("_blocks", "_mine", "_starts")

    def __init__(self, shared: Entries | None = None) -> None:
        self._blocks: list[list[IndexEntry]] = shared._blocks.copy() if shared is not None else []  # noqa: SLF001 - same class
        self._mine = bytearray(len(self._blocks))
        self._starts: list[int] | None = None

    def __len__(self) -> int:
        return self._ranks()[-1]

    def add(self, entry: IndexEntry) -> None:
        """Put in an entry that is not there yet.

        Raises `TypeError` for a key that cannot be ordered among those here, and changes nothing.
        """
        self._starts = None
        blocks = self._blocks
        if not blocks or blocks[-1][-1] < entry:
            # Past the end of the last block. Records mostly arrive in order: leave full blocks behind.
            if blocks and len(blocks[-1]) < BLOCK:
                self._own(-1).append(entry)
            else:
                self._put_block(len(blocks), [entry])
            return
        at = bisect_left(blocks, entry, key=_last) if len(blocks) > 1 else 0
        block = blocks[at] if self._mine[at] else self._own(at)
        insort(block, entry)
        if len(block) > BLOCK:
            self._put_block(at + 1, block[BLOCK // 2 :])
            del block[BLOCK // 2 :]

    def remove(self, entry: IndexEntry) -> None:
        """Take out an entry that is there."""
        self._starts = None
        blocks = self._blocks
        at = bisect_left(blocks, entry, key=_last) if len(blocks) > 1 else 0
        block = blocks[at] if self._mine[at] else self._own(at)
        del block[bisect_left(block, entry)]
        if not block:
            del self._blocks[at], self._mine[at]

    def least(self) -> Key | None:
        """The smallest key; None if there is no entry."""
        return self._blocks[0][0][0] if self._blocks else None

    def first_two(self, key: Key) -> list[IndexEntry]:
        """The first two entries at or after a key, or as many as there are."""
        block, place = self._left(key)
        found = self._blocks[block][place : place + 2] if block < len(self._blocks) else []
        if len(found) == 1 and block + 1 < len(self._blocks):
            found.append(self._blocks[block + 1][0])
        return found

    def rank_left(self, key: Key) -> int:
        """How many entries have a smaller key."""
        block, place = self._left(key)
        return self._ranks()[block] + place

    def rank_right(self, key: Key) -> int:
        """How many entries have this key or a smaller one."""
        block = bisect_right(self._blocks, key, key=_last_key)
        place = bisect_right(self._blocks[block], key, key=_key) if block < len(self._blocks) else 0
        return self._ranks()[block] + place

    def ascending(self, start: int, end: int) -> Iterator[str]:
        """The ids of the entries with rank `start` to `end - 1`, read as they are asked for."""
        ranks = self._ranks()
        for at in range(bisect_right(ranks, start) - 1, len(self._blocks)):
            if ranks[at] >= end:
                return
            for _, id in self._blocks[at][max(start - ranks[at], 0) : end - ranks[at]]:
                yield id

    def descending(self, start: int, end: int) -> Iterator[str]:
        """The same entries from the last to the first."""
        ranks = self._ranks()
        for at in range(min(bisect_left(ranks, end), len(self._blocks)) - 1, -1, -1):
            if ranks[at + 1] <= start:
                return
            for _, id in reversed(self._blocks[at][max(start - ranks[at], 0) : end - ranks[at]]):
                yield id

    def _left(self, key: Key) -> tuple[int, int]:
        block = bisect_left(self._blocks, key, key=_last_key)
        return block, bisect_left(self._blocks[block], key, key=_key) if block < len(self._blocks) else 0

    def _ranks(self) -> list[int]:
        """The rank at which each block starts, and the number of all entries."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._blocks), initial=0))
        return self._starts

    def _own(self, at: int) -> list[IndexEntry]:
        if not self._mine[at]:
            self._blocks[at] = self._blocks[at].copy()
            self._mine[at] = True
        return self._blocks[at]

    def _put_block(self, at: int, block: list[IndexEntry]) -> None:
        self._blocks.insert(at, block)
        self._mine.insert(at, True)
