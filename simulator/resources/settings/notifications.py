"""Notifications: what a user is told in the application. They are the calling user's alone and last seven days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome
from kustomer_sandbox.simulator.values.record import JSON, Record

LAST = timedelta(days=7)
"""How long a notification is kept (vendor-docs)."""


@rule("notifications.list_notifications")
def list_notifications(call: Call) -> Outcome:
    """A page of the caller's notifications that are not too old, newest first, and how many of all are unread."""
    since = iso(call.now - LAST)
    recent = [one for one in reversed(_mine(call)) if one["attributes"]["createdAt"] > since]
    found = page_of_records(call, recent)
    found.meta = {"unread": sum(one["attributes"]["status"] == "unread" for one in recent)}
    return found


@rule("notifications.clear")
def clear(call: Call) -> Outcome:
    """Forget all notifications of the caller."""
    for notification in _mine(call):
        changes.delete(call, notification)
    return NoContent()


def notify(context: Context, users: Iterable[str], name: str, event: Mapping[str, JSON]) -> None:
    """Tell users, by their ids and each once, of an event."""
    for user in dict.fromkeys(users):
        of = {"user": {"type": "user", "id": user}}
        changes.create(
            context, new_record(context, "notification", {"name": name, "event": dict(event)}, relationships=of)
        )


def _mine(call: Call) -> list[Record]:
    return list(call.records.find("notification", "user", call.principal.user_id))
