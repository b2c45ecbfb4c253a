"""The audit trail of un-hiding: which attribute of which object type was shown to everyone, by which call."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kustomer_sandbox.mcp_server.clock import iso, parse
from kustomer_sandbox.mcp_server.state.database import RandomHex, StateUnavailable
from kustomer_sandbox.mcp_server.state.protocol import State

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unhiding:
    """One line. `upstream_status` is None as long as nothing was answered; `attributes` are names, never values."""

    id: str
    at: datetime
    account_id: str
    server_id: str
    call_id: str
    object_type: str
    attributes: tuple[str, ...]
    upstream_status: int | None = None


class UnhidingTrail:
    """The lines of one state."""

    def __init__(self, state: State, *, random_hex: RandomHex) -> None:
        self._state = state
        self._random = random_hex

    def begin(
        self, account_id: str, now: datetime, *, server_id: str, call_id: str, object_type: str, names: Sequence[str]
    ) -> str:
        """Write a line down before anything is sent; gives its id. Raises `StateUnavailable`."""
        line_id = str(uuid.UUID(hex=self._random(16), version=4))
        with self._state.transaction() as db:
            db.execute(
                "INSERT INTO unhidings (id, at, account_id, server_id, call_id, object_type, attributes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (line_id, iso(now), account_id, server_id, call_id, object_type, json.dumps(names)),
            )
        return line_id

    def answered(self, line_id: str, upstream_status: int) -> None:
        """How it ended. What was done cannot be undone by a state that cannot be written: raises nothing."""
        try:
            with self._state.transaction() as db:
                db.execute("UPDATE unhidings SET upstream_status = ? WHERE id = ?", (upstream_status, line_id))
        except StateUnavailable as fault:
            _LOG.error("%s; a line of the audit trail is without its answer", fault)

    def history(self, account_id: str, *, limit: int, after: str = "") -> list[Unhiding]:
        """An account's lines, newest first; `after` goes on after the line of that id. Raises `StateUnavailable`."""
        rows = self._state.read(
            "SELECT * FROM unhidings WHERE account_id = ? AND (? = '' OR sequence <"
            " (SELECT sequence FROM unhidings WHERE id = ?)) ORDER BY sequence DESC LIMIT ?",
            account_id, after, after, limit,
        )  # fmt: skip
        return [
            Unhiding(
                id=row["id"],
                at=parse(row["at"]),
                account_id=row["account_id"],
                server_id=row["server_id"],
                call_id=row["call_id"],
                object_type=row["object_type"],
                attributes=tuple(json.loads(row["attributes"])),
                upstream_status=row["upstream_status"],
            )
            for row in rows
        ]
