"""What the tool server asks of its state, whether SQLite or PostgreSQL keeps it. Statements have `?` for values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Row(Protocol):
    """One row, by the names of its columns."""

    def keys(self) -> Iterable[str]: ...

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - what a column holds


class Found(Protocol):
    """What a statement has found, or how many rows it has changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...  # noqa: ANN401 - a `Row` or None, which the two libraries type in their own ways

    def __iter__(self) -> Iterator[Any]: ...


class Writing(Protocol):
    """A write transaction that is under way."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Found: ...


class State(Protocol):
    """An open state. All raise `StateUnavailable`, but for the keyed hashes."""

    is_of_one_process: bool
    """Whether nobody else can read what is in it."""

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash (hexadecimal): all that is ever stored of a token."""

    def derived_key(self, purpose: str) -> bytes:
        """A key of its own for another purpose."""

    def read(self, sql: str, *values: str | int) -> Sequence[Row]:
        """The rows a question finds, of any table but the log's; within a transaction what that has written, too."""

    def add_lines(self, sql: str, lines: list[tuple[object, ...]]) -> None:
        """Add lines to the log, without waiting for the disk."""

    def read_lines(self, sql: str, values: Sequence[str | int]) -> Sequence[Row]:
        """Lines of the log."""

    def delete_lines(self, sql: str, *values: str) -> None:
        """Delete lines of the log."""

    def transaction(self, *, patience: float | None = None) -> AbstractContextManager[Writing]:
        """The one write transaction there is at a time, in whatever process; on disk when the block ends.

        It is undone when the block raises. Waits `patience` seconds (two if left out) for others. Raises `Conflict`
        for what breaks a rule of the tables.
        """

    def close(self) -> None:
        """The state cannot be used afterwards."""


class LivingProcesses(Protocol):
    """Which processes that share a state still live."""

    def is_alive(self, owner: str) -> bool:
        """Whether the process of that name still runs."""

    def end(self) -> None:
        """This process stops."""
