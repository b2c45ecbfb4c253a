"""A warehouse loader: each night's windows of records into tables, its dates written without an offset, as UTC ones.

Written from published facts and what such programs are seen to send: the total of a window is read with `pageSize=0`,
windows are `gte` one time and `lt` the next, a customer's conversations are asked for since a bare day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

import httpx

SEARCH = "/v1/customers/search"
PAGE = 100
FULL = 429

TABLES: Mapping[str, tuple[str, str]] = {
    "conversations": ("conversation", "conversation_created_at"),
    "messages": ("message", "message_sent_at"),
    "handle_times": ("conversation_time", "conversation_time_created_at"),
    "work_items": ("work_item", "work_item_handle_completed_at"),
    "work_sessions": ("work_session", "work_session_updated_at"),
}
"""Each table: the type of its records, and the attribute by which a record belongs to a day."""


class Incomplete(Exception):
    """A window gave other records than its total said: this night's load is not to be trusted."""


class Loader:
    """Loads days into a database. `wait` is given seconds; `zone` is what the account's searches are said to be in."""

    def __init__(
        self, http: httpx.Client, database: sqlite3.Connection, *, wait: Callable[[float], object], zone: str
    ) -> None:
        self._http, self._database, self._wait, self._zone = http, database, wait, zone
        for table in (*TABLES, "history"):
            database.execute(f"CREATE TABLE {table} (id TEXT, day TEXT, loaded_by TEXT, PRIMARY KEY (id, loaded_by))")

    def load(self, table: str, day: date, *, hours: int = 24) -> int:
        """Load a day of a table, in windows of so many hours; how many records it has."""
        start = datetime.combine(day, time())
        loaded = 0
        for window in range(0, 24, hours):
            since, until = (start + timedelta(hours=window + length) for length in (0, hours))
            rows = list(self._window(table, since.isoformat(), until.isoformat()))
            self._database.executemany(
                f"INSERT INTO {table} VALUES (?, ?, 'window')",  # noqa: S608 - the names are this program's own
                [(row["id"], day.isoformat()) for row in rows],
            )
            loaded += len(rows)
        return loaded

    def history(self, customer: str, since: date) -> int:
        """Load a customer's conversations since a day, asked for by the bare day."""
        found = self._call("GET", f"/v1/customers/{customer}/conversations", params={"fromDate": since.isoformat()})
        rows = [(record["id"], record["attributes"]["createdAt"][:10], customer) for record in found["data"]]
        self._database.executemany("INSERT INTO history VALUES (?, ?, ?)", rows)
        return len(rows)

    def _window(self, table: str, since: str, until: str) -> Iterator[dict[str, Any]]:
        context, attribute = TABLES[table]
        body = {
            "queryContext": context,
            "timeZone": self._zone,
            "and": [{attribute: {"gte": since}}, {attribute: {"lt": until}}],
            "or": [],
            "sort": [{attribute: "asc"}],
        }
        total = self._call("POST", SEARCH, json=body, params={"pageSize": 0})["meta"]["total"]
        found = 0
        for page in count(1):
            records = self._call("POST", SEARCH, json=body, params={"page": page, "pageSize": PAGE})["data"]
            yield from records
            found += len(records)
            if len(records) < PAGE:
                break
        if found != total:
            raise Incomplete(table, since)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self._http.request(method, path, **options)
        if answer.status_code == FULL:
            self._wait(60)
            answer = self._http.request(method, path, **options)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document
