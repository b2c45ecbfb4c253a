"""Finds telephone numbers, and other long numbers, by their digits: whatever stands between, and wherever they begin.

No country's rules are needed for that: a national form is the end of the international one, at most after a trunk
prefix (`030 1234567` of `+49 30 1234567`), and a local form is the end of the national one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

SHORTEST = 7
"""Fewer digits at the end of a number say too little: they would be found by chance in any text."""

SURE = 10
"""So many digits at the end are found within a longer row of digits, too."""

SOME = 9
"""So many may stand in any number of groups; shorter forms in three, as people write them."""

_GROUPS = 3
_CALLING_CODE = (1, 2, 3)
"""How many digits a country's calling code has."""
_TRUNK = ("0", "8", "06", "01")
"""What is dialled before a national number."""
_LONGEST = 15 + 3

_ROW = re.compile(r"[0-9]+(?:[^0-9A-Za-z]{1,4}[0-9]+)*")
"""Groups of digits with up to four characters between them that are no letters."""
_GROUP = re.compile(r"[0-9]+")
_CLOSE = re.compile(r"[0-9]+(?:[^0-9A-Za-z][0-9]+)*")

Owner = TypeVar("Owner")


class Numbers(Generic[Owner]):
    """Numbers to be found, each with whose it is: at least seven digits, those of an international form."""

    def __init__(self, numbers: Iterable[tuple[str, Owner]]) -> None:
        self._by_end: dict[str, list[tuple[str, Owner]]] = {}
        for digits, owner in numbers:
            self._by_end.setdefault(digits[-SHORTEST:], []).append((digits, owner))

    def found_in(self, text: str) -> Iterator[Owner]:
        """Whose numbers are in a text, written with the digits 0 to 9; one may come several times."""
        if self._by_end:
            for row in _ROW.finditer(text):
                if len(row[0]) >= SHORTEST:
                    yield from self._within(row[0])

    def _within(self, row: str) -> Iterator[Owner]:
        digits = "".join(_GROUP.findall(row))
        for end in range(SHORTEST, len(digits) + 1):
            for number, owner in self._by_end.get(digits[end - SHORTEST : end], ()):
                if len(number) >= SURE and digits.endswith(number[-SURE:], 0, end):
                    yield owner
        yield from self._in_groups(_GROUP.findall(row), most=_LONGEST, shortest=SOME)
        for close in _CLOSE.finditer(row):
            yield from self._in_groups(_GROUP.findall(close[0]), most=_GROUPS, shortest=SHORTEST)

    def _in_groups(self, groups: list[str], *, most: int, shortest: int) -> Iterator[Owner]:
        """Numbers that whole groups make, one after another."""
        for first in range(len(groups)):
            written = ""
            for group in groups[first : first + most]:
                written += group
                if len(written) > _LONGEST:
                    break
                if len(written) >= shortest:
                    yield from self._written(written)

    def _written(self, written: str) -> Iterator[Owner]:
        for number, owner in self._by_end.get(written[-SHORTEST:], ()):
            if number.endswith(written) or _is_national(written, number):
                yield owner


def _is_national(written: str, number: str) -> bool:
    """Whether it is the number without its calling code, after a trunk prefix."""
    return any(written == trunk + number[code:] for trunk in _TRUNK for code in _CALLING_CODE)
