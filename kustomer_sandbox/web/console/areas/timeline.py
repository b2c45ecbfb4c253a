"""Timeline: customers with what was written to and for them, as an agent sees it; and what a call changed of that."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from kustomer_sandbox.simulator.values.ids import is_id_list
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.areas import seen
from kustomer_sandbox.web.console.calls import CallRefused, with_query
from kustomer_sandbox.web.console.masks import is_masked
from kustomer_sandbox.web.console.rest import Look

_CUSTOMERS: Final = 40
_CONVERSATIONS: Final = 8
_CALLS: Final = 25
_CONTACTS: Final = {"emails": "email", "phones": "phone", "whatsapps": "phone", "sharedPhones": "phone"}
_KINDS: Final = ("message", "note", "draft")


async def show(visit: AreaVisit) -> Facts:
    """The customers that fit the search, the chosen one's timeline, and what the chosen call changed."""
    wanted = visit.given.get("q", "").strip()
    customers, why_none = _customers(visit, wanted)
    id = _chosen(visit) or (customers[0]["id"] if customers else "")
    calls, selected = await _calls(visit, id)
    changed = {one["record"].partition("/")[2]: one for one in selected["changes"]} if selected else {}
    windows = await visit.of_world("GET", "/windows")
    return {
        "q": wanted,
        "customers": customers,
        "why_none": why_none,
        "shown": visit.look(partial(_customer, id=id, changed=changed)) if id else None,
        "window": next((one for one in windows if one["customer"] == id), None),
        "open_for": {one["customer"] for one in windows},
        "chosen": id,
        "called": calls,
        "selected": selected,
    }


def _customers(visit: AreaVisit, wanted: str) -> tuple[list[dict[str, Any]], str]:
    """By name, those last active first; and why there are none to show, if the search is refused."""
    name = [{"customer_name": {"contains": wanted}}] if wanted else []
    body = {"and": name, "queryContext": "customer", "sort": [{"customer_activity_at": "desc"}]}
    try:
        found = visit.look(lambda look: look.search(body)["data"])
    except CallRefused as refusal:
        return [], refusal.message
    return [{"id": one["id"], **_headline(one)} for one in found[:_CUSTOMERS]], ""


def _headline(customer: dict[str, Any]) -> Facts:
    attributes = customer["attributes"]
    return {
        "name": attributes.get("displayName") or attributes.get("name") or "",
        "preview": (attributes.get("preview") or {}).get("text", ""),
        "open": (attributes.get("conversationCounts") or {}).get("open", 0),
        "at": attributes.get("lastActivityAt") or "",
    }


def _chosen(visit: AreaVisit) -> str:
    """The customer who is asked for; none for what can be nobody's id."""
    id = visit.given.get("customer", "")
    return id if is_id_list(id) and "," not in id else ""


async def _calls(visit: AreaVisit, customer: str) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The latest calls that changed something of the customer, newest first, and the one that is chosen."""
    path = with_query("/journal", {"customer": customer, "limit": 500, "newest": "true"})
    page = await visit.of_world("GET", path) if customer else {"entries": []}
    found = sorted((one for one in page["entries"] if one["changes"]), key=lambda one: -one["seq"])[:_CALLS]
    number = visit.given.get("changed_by", "")
    if not number.isdigit():
        return found, None
    page = await visit.of_world("GET", f"/journal?since={max(int(number) - 1, 0)}&limit=1")
    return found, next((one for one in page["entries"] if one["seq"] == int(number)), None)


def _customer(look: Look, *, id: str, changed: dict[str, Any]) -> Facts | None:
    """All there is of a customer; None if there is no such one."""
    try:
        customer = look.get(f"/v1/customers/{id}")["data"]
    except CallRefused:
        return None
    people = seen.names(seen.listed(look, "/v1/users") + seen.listed(look, "/v1/teams"))
    tags = seen.names(seen.listed(look, "/v1/tags"))
    every = seen.listed(look, f"/v1/customers/{id}/conversations")
    every.sort(key=lambda one: one["attributes"].get("lastActivityAt") or one["attributes"]["createdAt"], reverse=True)
    drafts = [_item(one, people, changed) for one in seen.listed(look, f"/v1/customers/{id}/drafts")]
    told = [_conversation(look, one, people, tags, drafts, changed) for one in every[:_CONVERSATIONS]]
    shown = {one["id"] for one in told}
    return {
        **_headline(customer),
        "id": id,
        "contacts": _contacts(customer["attributes"]),
        "tags": [tags.get(tag, tag) for tag in customer["attributes"].get("tags", ())],
        "is_changed": id in changed,
        "conversations": told,
        "left_out": len(every) - len(told),
        "loose": [draft for draft in drafts if draft["conversation"] not in shown],
        "objects": _objects(look, id, changed),
    }


def _contacts(attributes: dict[str, Any]) -> list[Facts]:
    """Each way to reach the customer; a masked one is shown as one."""
    return [
        {"kind": kind, "value": one.get(name), "type": one.get("type") or "", "is_verified": bool(one.get("verified"))}
        if isinstance(one, dict) and not is_masked(one)
        else {"kind": kind, "value": one, "type": "", "is_verified": False}
        for kind, name in _CONTACTS.items()
        for one in _several(attributes.get(kind))
    ]


def _several(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value] if value else []


def _conversation(
    look: Look,
    record: dict[str, Any],
    people: dict[str, str],
    tags: dict[str, str],
    drafts: list[Facts],
    changed: dict[str, Any],
) -> Facts:
    """One conversation with its messages, notes and drafts, oldest first."""
    id, attributes = record["id"], record["attributes"]
    base = f"/v1/conversations/{id}"
    written = [*seen.listed(look, f"{base}/messages"), *seen.listed(look, f"{base}/notes")]
    items = [_item(one, people, changed) for one in written] + [one for one in drafts if one["conversation"] == id]
    return {
        "id": id,
        "name": attributes.get("name") or "",
        "status": attributes.get("status", ""),
        "channels": attributes.get("channels", ()),
        "tags": [tags.get(tag, tag) for tag in attributes.get("tags", ())],
        "assigned": [
            people.get(one, one) for one in [*attributes.get("assignedUsers", ()), *attributes.get("assignedTeams", ())]
        ],
        "items": sorted(items, key=lambda one: one["at"]),
        "change": changed.get(id),
        "is_changed": id in changed or any(item["change"] for item in items),
    }


def _item(record: dict[str, Any], people: dict[str, str], changed: dict[str, Any]) -> Facts:
    """A message, a note or a draft."""
    kind, attributes = record["type"], record["attributes"]
    direction = attributes.get("direction") or ("out" if kind == "draft" else "")
    writer = seen.related(record, "createdBy")
    meta = attributes.get("meta")
    return {
        "id": record["id"],
        "kind": kind if kind in _KINDS else "note",
        "at": attributes.get("sentAt") or attributes.get("createdAt") or "",
        "direction": direction,
        "channel": attributes.get("channel") or "",
        "status": attributes.get("status") or "",
        "subject": attributes.get("subject") or "",
        "text": attributes.get("preview") if kind == "message" else attributes.get("body") or "",
        "by": "" if direction == "in" else people.get(writer, ""),
        "parties": [*seen.parties((meta or {}).get("from") if isinstance(meta, dict) else meta)][:1],
        "interactive": seen.interactive(meta),
        "send_at": attributes.get("sendAt") or "",
        "conversation": seen.related(record, "conversation"),
        "change": changed.get(record["id"]),
    }


def _objects(look: Look, id: str, changed: dict[str, Any]) -> list[Facts]:
    """The customer's KObjects of each klass."""
    return [
        {
            "klass": klass["attributes"].get("displayName") or klass["attributes"]["name"],
            "title": one["attributes"].get("title") or one["id"],
            "values": one["attributes"].get("custom") or {},
            "change": changed.get(one["id"]),
        }
        for klass in seen.listed(look, "/v1/klasses")
        for one in seen.listed(look, f"/v1/customers/{id}/klasses/{klass['attributes']['name']}")
    ]


AREA: Final = Area(
    name="timeline",
    title="Timeline",
    about="Customers and all that was written, as an agent sees it: what is masked is masked here, too.",
    show=show,
)
