"""Identifiers, injected and seeded: 24 hex digits that grow with time, as Kustomer's do."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

_ID = re.compile(r"[0-9a-f]{24}")
_IDS = re.compile(rf"{_ID.pattern}(,{_ID.pattern})*")


def is_id(text: str) -> bool:
    """Whether a text is one id, to the letter: a name, a phone number or an address never is."""
    return _ID.fullmatch(text) is not None


def is_id_list(text: str) -> bool:
    """Whether a text is one id, or several with commas between them."""
    return _IDS.fullmatch(text) is not None


class Ids:
    """Gives object ids: 4 bytes of time, 5 bytes of the seed, 3 bytes of a counter.

    Ids given later sort later as long as the clock does not go back. Same seed, same calls: same ids.
    """

    def __init__(self, seed: str, counter: int = 0) -> None:
        self.seed = seed
        self._middle = hashlib.sha256(seed.encode()).hexdigest()[:10]
        self.counter = counter

    def new(self, now: datetime) -> str:
        self.counter += 1
        return f"{int(now.timestamp()):08x}{self._middle}{self.counter & 0xFFFFFF:06x}"

    def fork(self) -> Ids:
        """An independent source that goes on from the same point."""
        return Ids(self.seed, self.counter)
