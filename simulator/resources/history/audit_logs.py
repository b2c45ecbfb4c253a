"""The audit log: pages by cursor, newest first, and the filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.resources.history.shown_changes import author_of, changes_of
from kustomer_sandbox.simulator.values.audit import AuditEntry
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.moments import kept
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument
from kustomer_sandbox.simulator.values.record import JSON

KEPT_FOR = timedelta(days=365)
CLIENT = "api-gw"
"""What recorded events name as their client (PipedreamHQ/pipedream)."""


@rule("audit_logs.list_entries")
def list_entries(call: Call) -> Outcome:
    """Entries as the query filters them, from its cursor on. Raises `BadRequest` for an id without its type."""
    wanted = _bounded(call)
    found = [entry for entry in call.world.audit_log.entries(call.world.org) if _is_wanted(entry, wanted)]
    reached, shown = _reached(found, wanted)
    return RawDocument(
        document={
            "meta": {"count": len(shown), "total": len(found), "cursorCount": len(reached)},
            "links": _links(call, found, shown),
            "data": [_shown(call, entry) for entry in shown],
        }
    )


def _reached(found: list[AuditEntry], wanted: Mapping[str, Any]) -> tuple[list[AuditEntry], list[AuditEntry]]:
    """What lies beyond the cursors, and the part of it to show: beyond `after` alone the entries nearest to it.

    A cursor is read as a place in the log, so the entry it names need not be there any more.
    """
    after, before, count = wanted.get("after"), wanted.get("before"), wanted["count"]
    reached = [
        entry
        for entry in found
        if (after is None or entry.number > _number(after)) and (before is None or entry.number < _number(before))
    ]
    return reached, reached[-count:] if after is not None and before is None else reached[:count]


def _number(cursor: str) -> int:
    return int(cursor[-6:], 16)


def _bounded(call: Call) -> Mapping[str, Any]:
    """The query, with the instants as they are kept."""
    query = {"count": 100, **call.query}
    if "filter[objectId]" in query and "filter[objectType]" not in query:
        words = "filter[objectId] needs filter[objectType] beside it."
        raise BadRequest(Problem(message=words, parameter="filter[objectId]"), rule="audit-log-filters")
    return query | {
        name: kept(query[name], parameter=name) for name in ("filter[start]", "filter[end]") if name in query
    }


def _is_wanted(entry: AuditEntry, wanted: Mapping[str, Any]) -> bool:
    at = iso(entry.at)
    return (
        wanted.get("filter[objectType]") in (None, entry.type)
        and wanted.get("filter[objectId]") in (None, entry.record)
        and wanted.get("filter[userId]") in (None, entry.user)
        and ("filter[include]" not in wanted or _name(entry) in wanted["filter[include]"].split(","))
        and wanted.get("filter[start]", "") <= at
        and ("filter[end]" not in wanted or at <= wanted["filter[end]"])
    )


def _links(call: Call, found: list[AuditEntry], shown: list[AuditEntry]) -> dict[str, JSON]:
    """`next` leads to older entries by `before`, `prev` to newer ones by `after`, as published."""
    path = call.operation.path
    rest = {name: value for name, value in call.query.items() if name not in ("after", "before")}

    def link(**cursor: str) -> str:
        query = urlencode({**rest, **cursor})
        return f"{path}?{query}" if query else path

    asked = {name: call.query[name] for name in ("after", "before") if name in call.query}
    return {
        "self": link(**asked),
        "first": link(),
        "prev": link(after=shown[0].id) if shown and shown[0] is not found[0] else None,
        "next": link(before=shown[-1].id) if shown and shown[-1] is not found[-1] else None,
    }


def _name(entry: AuditEntry) -> str:
    return f"kustomer.{entry.type}.{entry.verb}"


def _shown(call: Call, entry: AuditEntry) -> JSON:
    at, user = iso(entry.at), author_of(entry)
    related: dict[str, JSON] = {"user": {"data": {"type": "user", "id": user}}}
    if user is not None:
        related["user"]["links"] = {"self": f"/v1/users/{user}"}
    if entry.customer and call.records.get("customer", entry.customer):  # a link to one that is gone leads nowhere
        links = {"self": f"/v1/customers/{entry.customer}"}
        related["customer"] = {"data": {"type": "customer", "id": entry.customer}, "links": links}
    attributes = {
        "eventName": _name(entry),
        "eventVerb": entry.verb,
        "org": call.world.org,
        "userId": user,
        "userType": entry.user_type,
        "objectId": entry.record,
        "objectType": entry.type,
        "client": CLIENT,
        "ip": None,
        "changes": changes_of(call, entry),
        "createdAt": at,
        "publishedAt": at,
        "expiresAt": iso(entry.at + KEPT_FOR),
    }
    return {"type": "audit_log", "id": entry.id, "attributes": attributes, "relationships": related}
