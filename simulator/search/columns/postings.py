"""Which records have a value: a posting. One record is its position, several a bitmap.

Bitmaps are shared by columns, searches and forks, so all are of the kind that cannot be written into.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import FrozenBitMap

Posting = int | FrozenBitMap

NONE = FrozenBitMap()
"""No record at all."""


def united(postings: Iterable[Posting]) -> FrozenBitMap:
    """The records of any of these."""
    single: list[int] = []
    several: list[FrozenBitMap] = []
    for posting in postings:
        if isinstance(posting, int):
            single.append(posting)
        else:
            several.append(posting)
    if single:
        several.append(FrozenBitMap(single))
    return several[0] if len(several) == 1 else FrozenBitMap.union(*several) if several else NONE


def both(found: FrozenBitMap, posting: Posting) -> FrozenBitMap:
    """The records of `found` that the posting has."""
    if isinstance(posting, int):
        return FrozenBitMap((posting,)) if posting in found else NONE
    return found & posting


def posting_of(positions: Posting | list[int]) -> Posting:
    """A posting of positions that were gathered one by one."""
    return FrozenBitMap(positions) if isinstance(positions, list) else positions
