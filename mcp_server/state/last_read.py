"""Rows as they were last read, for when the state cannot be read: who wants to close a window is known all the same."""

from __future__ import annotations

from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.protocol import Row, State


class LastRead:
    """Answers questions that find at most one row, which has a column `id`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rows: dict[tuple[str, str], Row] = {}

    def row(self, sql: str, value: str) -> Row | None:
        """The row, from memory if the state cannot be read. Raises `StateUnavailable` if it was never read."""
        try:
            found = self._state.read(sql, value)
        except StateUnavailable:
            if (sql, value) not in self._rows:
                raise
            return self._rows[sql, value]
        if not found:
            self._rows.pop((sql, value), None)
            return None
        self._rows[sql, value] = found[0]
        return found[0]

    def forget(self, row_id: str) -> None:
        """The record with this id is deleted."""
        self._rows = {key: row for key, row in self._rows.items() if row["id"] != row_id}
