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
        self._agreements: tuple[dict[str, Any], ...] | None = None
        self._queue_rules: tuple[dict[str, Any], ...] | None = None

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

    def agreements(self) -> tuple[dict[str, Any], ...]:
        """The active version of each service level agreement, that of the oldest first; for reading only."""
        if self._agreements is None:
            known = {_numbered(version): version for version in self._all("sla_version")}
            active = [known.get((sla["id"], sla["attributes"]["currentVersion"])) for sla in self._all("sla")]
            self._agreements = tuple(version for version in active if version is not None)
        return self._agreements

    def queue_rules(self) -> tuple[dict[str, Any], ...]:
        """The rules that choose a queue and are switched on, in the order in which they are tried; for reading only."""
        if self._queue_rules is None:
            found = self._all("queue_rule")
            last = len(found)
            found.sort(key=lambda rule: rule["attributes"].get("position", last))
            self._queue_rules = tuple(rule for rule in found if rule["attributes"]["enabled"])
        return self._queue_rules

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return [orjson.loads(row.data) for row in self._store.find(kind, "id")]

    def forget(self) -> None:
        """Keys, webhooks or rules have changed, or everything."""
        self._ended = self._events = None
        self._agreements = self._queue_rules = None


def _numbered(version: dict[str, Any]) -> tuple[str, int]:
    """Which agreement a version is of, and its number."""
    return version["relationships"]["sla"]["id"], version["attributes"]["version"]
