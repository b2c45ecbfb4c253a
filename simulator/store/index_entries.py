"""A long sorted sequence of `(key, id)` pairs, kept in blocks: what one index of the memory store is made of.

Decision: blocks of a few hundred entries instead of one list. An insertion shifts one block, not the whole
index (100,000 records with twelve indexes in random order: 11 s against 25 s), and a copy shares all blocks
until it writes to one. The cost: ranks are sums of block lengths, worked out at the first read after a write.

Decision: a block is two lists, of keys and of ids, instead of one of pairs, which take three times the room.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from operator import attrgetter

from kustomer_sandbox.simulator.store.protocol import Key

IndexEntry = tuple[Key, str]
"""A key and the id of the record that stands under it."""

BLOCK = 512
"""The most entries of a block."""


class _Block:
    """Keys in order and, at the same places, ids, which are in order where keys are equal. Never empty."""

    __slots__ = ("ids", "keys", "last")

    def __init__(self, keys: list[Key], ids: list[str]) -> None:
        self.keys = keys
        self.ids = ids
        self.last: IndexEntry = (keys[-1], ids[-1])

    def __len__(self) -> int:
        return len(self.ids)

    def copy(self) -> _Block:
        return _Block(self.keys.copy(), self.ids.copy())

    def append(self, entry: IndexEntry) -> None:
        """Put in an entry that comes after all others."""
        key, id = self.last = entry
        self.keys.append(key)
        self.ids.append(id)

    def insert(self, entry: IndexEntry) -> None:
        """Put in an entry that comes before the last one."""
        place = self._place(entry)
        self.keys.insert(place, entry[0])
        self.ids.insert(place, entry[1])

    def remove(self, entry: IndexEntry) -> None:
        place = self._place(entry)
        del self.keys[place], self.ids[place]
        if self.ids and place == len(self.ids):
            self.last = (self.keys[-1], self.ids[-1])

    def cut(self, place: int) -> _Block:
        """Give what stands from a place on, as a block of its own."""
        rest = _Block(self.keys[place:], self.ids[place:])
        del self.keys[place:], self.ids[place:]
        self.last = (self.keys[-1], self.ids[-1])
        return rest

    def _place(self, entry: IndexEntry) -> int:
        """The place of an entry, or the one where it belongs."""
        key, id = entry
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            return bisect_left(self.ids, id, place, bisect_right(self.keys, key, place))
        return place


_last = attrgetter("last")


def _last_key(block: _Block) -> Key:
    return block.last[0]


class IndexEntries:
    """Distinct sorted entries. Made from another sequence it is an independent copy that shares its blocks.

    The original must not be written to afterwards: it still believes that its blocks are its own.
    """

    __slots__ = ("_blocks", "_mine", "_starts")

    def __init__(self, shared: IndexEntries | None = None) -> None:
        self._blocks: list[_Block] = shared._blocks.copy() if shared is not None else []  # noqa: SLF001 - same class
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
        if not blocks or blocks[-1].last < entry:
            # Past the end of the last block. Records mostly arrive in order: leave full blocks behind.
            if blocks and len(blocks[-1].ids) < BLOCK:
                self._own(-1).append(entry)
            else:
                self._put_block(len(blocks), _Block([entry[0]], [entry[1]]))
            return
        at = bisect_left(blocks, entry, key=_last) if len(blocks) > 1 else 0
        block = blocks[at] if self._mine[at] else self._own(at)
        block.insert(entry)
        if len(block.ids) > BLOCK:
            self._put_block(at + 1, block.cut(BLOCK // 2))

    def remove(self, entry: IndexEntry) -> None:
        """Take out an entry that is there."""
        self._starts = None
        blocks = self._blocks
        at = bisect_left(blocks, entry, key=_last) if len(blocks) > 1 else 0
        block = blocks[at] if self._mine[at] else self._own(at)
        block.remove(entry)
        if not block.ids:
            del self._blocks[at], self._mine[at]

    def least(self) -> Key | None:
        """The smallest key; None if there is no entry."""
        return self._blocks[0].keys[0] if self._blocks else None

    def first_two(self, key: Key) -> list[IndexEntry]:
        """The first two entries at or after a key, or as many as there are."""
        at, place = self._left(key)
        found: list[IndexEntry] = []
        for block in self._blocks[at : at + 2]:
            found += zip(block.keys[place : place + 2], block.ids[place : place + 2], strict=True)
            place = 0
        return found[:2]

    def rank_left(self, key: Key) -> int:
        """How many entries have a smaller key."""
        block, place = self._left(key)
        return self._ranks()[block] + place

    def rank_right(self, key: Key) -> int:
        """How many entries have this key or a smaller one."""
        block = bisect_right(self._blocks, key, key=_last_key)
        place = bisect_right(self._blocks[block].keys, key) if block < len(self._blocks) else 0
        return self._ranks()[block] + place

    def ascending(self, start: int, end: int) -> Iterator[str]:
        """The ids of the entries with rank `start` to `end - 1`, read as they are asked for."""
        ranks = self._ranks()
        for at in range(bisect_right(ranks, start) - 1, len(self._blocks)):
            if ranks[at] >= end:
                return
            yield from self._blocks[at].ids[max(start - ranks[at], 0) : end - ranks[at]]

    def descending(self, start: int, end: int) -> Iterator[str]:
        """The same entries from the last to the first."""
        ranks = self._ranks()
        for at in range(min(bisect_left(ranks, end), len(self._blocks)) - 1, -1, -1):
            if ranks[at + 1] <= start:
                return
            yield from reversed(self._blocks[at].ids[max(start - ranks[at], 0) : end - ranks[at]])

    def _left(self, key: Key) -> tuple[int, int]:
        block = bisect_left(self._blocks, key, key=_last_key)
        return block, bisect_left(self._blocks[block].keys, key) if block < len(self._blocks) else 0

    def _ranks(self) -> list[int]:
        """The rank at which each block starts, and the number of all entries."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._blocks), initial=0))
        return self._starts

    def _own(self, at: int) -> _Block:
        if not self._mine[at]:
            self._blocks[at] = self._blocks[at].copy()
            self._mine[at] = True
        return self._blocks[at]

    def _put_block(self, at: int, block: _Block) -> None:
        self._blocks.insert(at, block)
        self._mine.insert(at, True)
