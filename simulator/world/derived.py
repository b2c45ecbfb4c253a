"""What follows from a world's records and is asked for at every call, so that the store is not."""

from __future__ import annotations

from typing import Any

import orjson

from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.auth import ENDED_KEY

WEBHOOK = "outbound_webhook"
RULES = frozenset({"sla", "sla_version", "queue_rule"})
"""Settings that every change of a conversation is held against; there are few of them."""


class Derived:
    """Worked out when it is first asked for. Who changes what it follows from says so."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ended: frozenset[str] | None = None
        self._events: frozenset[str] | None = None
        self._rules: dict[str, tuple[dict[str, Any], ...]] = {}

    def is_ended(self, user_id: str) -> bool:
        """Whether the key of this machine user was deleted by a call."""
        if self._ended is None:
            self._ended = frozenset(row.id for row in self._store.find(ENDED_KEY, "id"))
        return user_id in self._ended

    def is_wanted(self, event: str) -> bool:
        """Whether any outbound webhook that is switched on asks for this event."""
        if self._events is None:
            found = [orjson.loads(row.data)["attributes"] for row in self._store.find(WEBHOOK, "id")]
            self._events = frozenset(name for webhook in found if webhook["enabled"] for name in webhook["events"])
        return event in self._events

    def rules(self, kind: str) -> tuple[dict[str, Any], ...]:
        """All records of one of the types of `RULES`, the oldest first, for reading only."""
        found = self._rules.get(kind)
        if found is None:
            found = self._rules[kind] = tuple(orjson.loads(row.data) for row in self._store.find(kind, "id"))
        return found

    def forget(self) -> None:
        """Keys, webhooks or rules have changed, or everything."""
        self._ended = self._events = None
        self._rules = {}
