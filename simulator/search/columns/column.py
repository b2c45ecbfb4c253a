"""One column: of each value, which records have it. Positions stand for records; see `table.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pyroaring import FrozenBitMap

from kustomer_sandbox.simulator.search.columns.blocks import Block, Blocks
from kustomer_sandbox.simulator.search.columns.layered import Layered
from kustomer_sandbox.simulator.search.columns.postings import NONE, Posting, posting_of, united
from kustomer_sandbox.simulator.search.query import Direction
from kustomer_sandbox.simulator.store.protocol import Key, Range

MOST_KEPT = 32
"""Answers to `contains` that a column remembers."""
MOST_INSERTED = 256
"""With more values at a time the order is worked out anew."""


class Gathered:
    """What a column is to take in: positions per value, each position in one call."""

    __slots__ = ("has_several", "positions", "present")

    def __init__(self) -> None:
        self.positions: dict[Key, int | list[int]] = {}
        self.present: list[int] = []
        self.has_several = False

    def take(self, position: int, values: Sequence[Key]) -> None:
        """The values of the record at a position."""
        if not values:
            return
        self.present.append(position)
        if len(values) > 1:
            self.has_several = True
            values = tuple(dict.fromkeys(values))
        positions = self.positions
        for value in values:
            held = positions.get(value)
            if held is None:
                positions[value] = position
            elif isinstance(held, list):
                held.append(position)
            else:
                positions[value] = [held, position]


class Column:
    """Values and who has them. Only ever grows: a changed record gets a position of its own."""

    __slots__ = ("_answers", "_sequences", "_terms", "has_several", "present")

    def __init__(self) -> None:
        self._terms: Layered[Key, Posting] = Layered()
        self._sequences: tuple[Blocks, Blocks] | None = None
        """Numbers, then texts, each in order; None until an order or a range is asked for."""
        self._answers: dict[str, tuple[Callable[[Key], bool], FrozenBitMap]] = {}
        self.present = NONE
        """The records that have a value."""
        self.has_several = False
        """Whether a record has had more than one value."""

    def copy(self) -> Column:
        """An independent copy that shares what neither writes into."""
        other = Column()
        other._terms = self._terms.copy()
        if self._sequences is not None:
            numbers, texts = self._sequences
            other._sequences = numbers.copy(), texts.copy()
        other._answers = self._answers.copy()
        other.present, other.has_several = self.present, self.has_several
        return other

    def absorb(self, gathered: Gathered) -> None:
        """Take in the values of records that had no position before."""
        self.present |= FrozenBitMap(gathered.present)
        self.has_several = self.has_several or gathered.has_several
        added = {value: posting_of(positions) for value, positions in gathered.positions.items()}
        for value, posting in added.items():
            held = self._terms.get(value)
            self._terms.put(value, posting if held is None else united((held, posting)))
        for name, (holds, records) in self._answers.items():
            self._answers[name] = holds, united((records, *(p for value, p in added.items() if holds(value))))
        self._insert(added)

    def _insert(self, added: dict[Key, Posting]) -> None:
        if self._sequences is None:
            return
        if len(added) > MOST_INSERTED:
            self._sequences = None
            return
        for value, posting in added.items():
            self._sequences[isinstance(value, str)].add(value, posting)
        for sequence in self._sequences:
            sequence.split(self.having)

    def having(self, value: Key) -> Posting:
        """The records that have this value."""
        found = self._terms.get(value)
        return NONE if found is None else found

    def terms(self) -> Iterator[tuple[Key, Posting]]:
        """Every value with the records that have it, in no order."""
        return self._terms.items()

    def within(self, bounds: Range) -> FrozenBitMap:
        """The records that have a value within bounds, which are both of one type."""
        is_text = isinstance(bounds.low if bounds.low is not None else bounds.high, str)
        return self._ordered()[is_text].within(bounds, self.having)

    def where(self, name: str, holds: Callable[[Key], bool]) -> FrozenBitMap:
        """The records that have a value for which `holds` is true; remembered under a name, which says all of it."""
        known = self._answers.get(name)
        if known is not None:
            return known[1]
        found = united([posting for value, posting in self._terms.items() if holds(value)])
        if len(self._answers) >= MOST_KEPT:
            del self._answers[next(iter(self._answers))]
        self._answers[name] = holds, found
        return found

    def walk(self, direction: Direction) -> Iterator[Block]:
        """All values in order, numbers before texts, in blocks; within a block they ascend always."""
        numbers, texts = self._ordered()
        for sequence in (numbers, texts) if direction == "asc" else (texts, numbers):
            yield from sequence.walk(direction)

    def _ordered(self) -> tuple[Blocks, Blocks]:
        if self._sequences is None:
            numbers = sorted(value for value, _ in self._terms.items() if not isinstance(value, str))
            texts = sorted(value for value, _ in self._terms.items() if isinstance(value, str))
            self._sequences = Blocks(numbers, self.having), Blocks(texts, self.having)
        return self._sequences
