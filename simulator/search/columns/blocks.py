"""The distinct keys of a column in order, in blocks; each block knows all the records under its keys.

So a range is the union of a few hundred bitmaps, and a page deep in an order is found without walking to it: whole
blocks are counted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.postings import NONE, Posting, united
from kustomer_sandbox.simulator.search.query import Direction
from kustomer_sandbox.simulator.store.protocol import Range

BLOCK = 256
"""The most keys of a block."""

PostingOf = Callable[[Any], Posting]


class Block(NamedTuple):
    """Some keys that follow one another; neither part is ever written into."""

    keys: list[Any]
    records: FrozenBitMap


def _last_key(block: Block) -> Any:  # noqa: ANN401 - keys of one sequence can be compared, and that is all
    return block.keys[-1]


def _blocks(keys: Sequence[Any], size: int, posting_of: PostingOf) -> list[Block]:
    parts = [list(keys[at : at + size]) for at in range(0, len(keys), size)]
    return [Block(part, united(map(posting_of, part))) for part in parts]


class Blocks:
    """Keys that can be compared with one another. `posting_of` gives the records of a key."""

    __slots__ = ("_blocks",)

    def __init__(self, keys: Sequence[Any], posting_of: PostingOf) -> None:
        self._blocks = _blocks(keys, BLOCK, posting_of)

    def copy(self) -> Blocks:
        other = Blocks((), int)
        other._blocks = self._blocks.copy()
        return other

    def add(self, key: Any, posting: Posting) -> None:  # noqa: ANN401 - as above
        """Put records under a key, which may be there already."""
        added = FrozenBitMap((posting,)) if isinstance(posting, int) else posting
        if not self._blocks:
            self._blocks.append(Block([key], added))
            return
        at = min(bisect_left(self._blocks, key, key=_last_key), len(self._blocks) - 1)
        keys, records = self._blocks[at]
        place = bisect_left(keys, key)
        if place == len(keys) or keys[place] != key:
            keys = [*keys[:place], key, *keys[place:]]
        self._blocks[at] = Block(keys, records | added)

    def split(self, posting_of: PostingOf) -> None:
        """Halve the blocks that have grown too long."""
        for at in range(len(self._blocks) - 1, -1, -1):
            keys = self._blocks[at].keys
            if len(keys) > BLOCK:
                self._blocks[at : at + 1] = _blocks(keys, len(keys) // 2, posting_of)

    def within(self, bounds: Range, posting_of: PostingOf) -> FrozenBitMap:
        """The records that have a key within bounds."""
        first, start = self._place(bounds.low, after=bounds.above_low) if bounds.low is not None else (0, 0)
        last, end = (
            self._place(bounds.high, after=not bounds.below_high) if bounds.high is not None else (len(self._blocks), 0)
        )
        if first >= len(self._blocks) or (first, start) >= (last, end):
            return NONE
        if first == last:
            return united(map(posting_of, self._blocks[first].keys[start:end]))
        found = [block.records for block in self._blocks[first + 1 : last]]
        found.append(united(map(posting_of, self._blocks[first].keys[start:])))
        if end:
            found.append(united(map(posting_of, self._blocks[last].keys[:end])))
        return united(found)

    def walk(self, direction: Direction) -> Iterator[Block]:
        return iter(self._blocks) if direction == "asc" else reversed(self._blocks)

    def _place(self, key: Any, *, after: bool) -> tuple[int, int]:  # noqa: ANN401 - as above
        """Block and place of the first key not before `key`, or of the first one after it."""
        bisect = bisect_right if after else bisect_left
        at = bisect(self._blocks, key, key=_last_key)
        return at, bisect(self._blocks[at].keys, key) if at < len(self._blocks) else 0
