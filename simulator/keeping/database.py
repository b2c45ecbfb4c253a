"""What is asked of the database in which worlds are kept, whichever it is; and what is said where it fails.

Decision: `sqlite3` and psycopg as they are, with `?` for values in statements that both understand. Prepared by psycopg
a look-up takes 236 µs and an insert 492 µs, through SQLAlchemy Core twice that; every call waits for one of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class CannotOpenStore(Exception):
    """The URL leads to no store that can be used. The message is for the operator: what is wrong, and what to do."""


class StoreUnavailable(Exception):
    """The store cannot be read or written now. The message says why and repeats nothing of what is stored."""

    @property
    def told(self) -> str:
        """What whoever called is told."""
        return f"Nothing was done: {self}."


class OutcomeUnknown(StoreUnavailable):
    """The connection ended as a change was to become final, and nobody can be asked whether it did."""

    @property
    def told(self) -> str:
        return f"It is not known whether this was done, look before it is repeated: {self}."


class WriteTimes:
    """How often a store was written by this process, and how many seconds that took, from `measure` on.

    Of a store that processes share, it is the end of a turn that is counted, with which all that it wrote is there.
    """

    def __init__(self) -> None:
        self.writes = 0
        self.seconds = 0.0
        self.failures = 0
        self._now: Callable[[], float] | None = None

    def measure(self, now: Callable[[], float]) -> None:
        """Begin, by a clock that is given: the worlds have no other than their own."""
        self._now = now

    def begun(self) -> float:
        """A write begins; give what this gives to `done`."""
        return self._now() if self._now else 0.0

    def done(self, begun: float) -> None:
        """It was written."""
        if self._now:
            self.writes += 1
            self.seconds += self._now() - begun


class Database(Protocol):
    """The tables of one store. Whatever the database itself raises comes as `StoreUnavailable`."""

    is_shared: bool
    """Whether other processes may have the same worlds."""
    times: WriteTimes
    order: str
    """The column of `worlds` and `states` that tells which came first."""

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run one statement with `?` for its values; gives its rows, if it has any."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of these values."""
        ...

    def put_new_rows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows of `rows` of which none is there yet."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing of what is written inside; in another transaction, this part of it."""
        ...

    def add_line(self, world: str, line: bytes) -> None:
        """Write what a call or job has changed in a world."""
        ...

    def waiting_lines(self, world: str) -> list[bytes]:
        """The lines of a world that are in no table yet, in their order."""
        ...

    def lines_are_settled(self, world: str) -> None:
        """All lines of a world are in the tables."""
        ...

    def is_written_whole(self, world: str, *, is_anew: bool) -> None:
        """A world was written whole, all its lines being in the tables; `is_anew` after it was made or reset."""
        ...

    def is_gone(self, world: str) -> None:
        """A world is no more, so its lines are of no use."""
        ...

    def sweep(self, held: Iterable[int]) -> None:
        """Delete the layers and files that no world, no state and none of these layers needs."""
        ...

    def close(self) -> None: ...
