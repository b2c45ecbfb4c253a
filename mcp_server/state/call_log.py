"""The tool-call log: who called which tool, how long it took and how it ended. Never an argument, never a result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from kustomer_sandbox.mcp_server.clock import iso
from kustomer_sandbox.mcp_server.state.protocol import Row, State

WINDOW: Final = timedelta(days=31)
"""How long lines are stored, and the longest time one query may span."""

_LONGEST: Final = 100
_TOGETHER: Final = 256
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}", re.ASCII)


def told(text: str) -> str:
    """What a client says of itself as a line may hold it: the beginning, without what would end or colour the line."""
    return "".join(sign for sign in text[:_LONGEST] if sign.isprintable())


def told_id(text: str) -> str:
    """The id of a client's request, empty if it does not look like one: it may be anything."""
    return text if _ID.fullmatch(text) else ""


class CallLogLine(NamedTuple):
    """One call. `outcome` is `ok`, `refused`, `upstream_error`, `error`, `cancelled` or `unknown_tool`.

    `call_id` is our own, sent upstream as `x-mcp-call`; `request_id` is the client's. `coerced` are the names, with
    commas between them, of the arguments that came in another form than the tool's schema wants.
    """

    call_id: str
    at: str
    request_id: str
    server_id: str
    server_name: str
    account_id: str
    mcp_method: str
    tool: str
    resource: str
    method: str
    client_name: str
    client_version: str
    outcome: str
    upstream_status: int | None
    result_count: int | None
    duration_ms: float
    coerced: str = ""


FILTERS: Final = frozenset(CallLogLine._fields) - {"at", "coerced", "duration_ms", "result_count"}
_COLUMNS: Final = ", ".join(CallLogLine._fields)
_MARKS: Final = ", ".join("?" for _ in CallLogLine._fields)
_ADD: Final = f"INSERT INTO calls ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - names of our own fields


class CallLog:
    """The log of one state. Writing costs no disk flush.

    Each line is written at once where other processes read it. A state in memory has no other readers: there
    lines wait until they are asked for, or there are many, and go in together in a third of the time.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._most = _TOGETHER if state.is_of_one_process else 1
        self._waiting: list[tuple[object, ...]] = []
        self._listeners: list[Callable[[], None]] = []

    @contextmanager
    def heard_by(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have somebody told of each line that this process adds."""
        self._listeners.append(tell)
        try:
            yield
        finally:
            self._listeners.remove(tell)

    def add(self, line: CallLogLine) -> None:
        """Raises `StateUnavailable`."""
        self._waiting.append(line)
        if len(self._waiting) >= self._most:
            self._settle()
        for tell in tuple(self._listeners):
            tell()

    def _settle(self) -> None:
        """Write what waits. What cannot be written is lost: the next line must not be."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._state.add_lines(_ADD, waiting)

    def find(
        self,
        since: datetime,
        until: datetime,
        *,
        filters: Mapping[str, str | int],
        limit: int,
        before: int | None = None,
    ) -> list[tuple[int, CallLogLine]]:
        """Lines of a time, newest first, with their sequence numbers; `before` goes on after such a number.

        Raises `KeyError` for a filter that is no field, and `StateUnavailable`.
        """
        unknown = set(filters) - FILTERS
        if unknown:
            raise KeyError(min(unknown))
        tests = ["at >= ?", "at < ?", *(f"{name} = ?" for name in filters)]
        values: list[str | int] = [iso(since), iso(until), *filters.values()]
        if before is not None:
            tests.append("sequence < ?")
            values.append(before)
        sql = f"SELECT * FROM calls WHERE {' AND '.join(tests)} ORDER BY sequence DESC LIMIT ?"  # noqa: S608 - see above
        self._settle()
        return [(row["sequence"], _line(row)) for row in self._state.read_lines(sql, (*values, limit))]

    def prune(self, now: datetime) -> None:
        """Forget what is older than the window. Raises `StateUnavailable`."""
        self._settle()
        self._state.delete_lines("DELETE FROM calls WHERE at < ?", iso(now - WINDOW))


def _line(row: Row) -> CallLogLine:
    return CallLogLine(*(row[name] for name in CallLogLine._fields))
