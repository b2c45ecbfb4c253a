"""Drafts: what waits for a person to send it, and what is scheduled; approve, edit, discard."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any, Final

from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.ids import is_id_list
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.areas import seen
from kustomer_sandbox.web.console.calls import CallRefused
from kustomer_sandbox.web.console.masks import is_masked
from kustomer_sandbox.web.console.rest import Look

_SHOWN: Final = 100
_REFUSED_FROM: Final = 400


async def show(visit: AreaVisit) -> Facts:
    """The drafts that wait, of the chosen channel or of all, and those that are scheduled, by time."""
    waiting = await visit.of_world("GET", "/drafts")
    found = visit.look(partial(_drafts, customers=dict.fromkeys(one["customer"] for one in waiting[:_SHOWN])))
    waits = sorted((one for one in found if one["status"] != "scheduled"), key=lambda one: one["channel"])
    wanted = visit.given.get("channel", "")
    return {
        "channels": Counter(one["channel"] for one in waits),
        "channel": wanted,
        "waiting": [one for one in waits if wanted in ("", one["channel"])],
        "scheduled": sorted((one for one in found if one["status"] == "scheduled"), key=lambda one: one["send_at"]),
        "left_out": max(len(waiting) - _SHOWN, 0),
    }


async def approve(visit: AreaVisit) -> str:
    """Send it now: to give a draft a time that is not in the future sends it."""
    draft = _draft(visit)
    said = _change(visit, draft, {"sendAt": iso(visit.world.clock.now())})
    return "It is saved as a note." if draft["channel"] == "note" else f"It is sent, as {_made(said)}."


async def edit(visit: AreaVisit) -> str:
    """Change what it says."""
    texts = {name: visit.given[name] for name in ("subject", "body") if name in visit.given}
    _change(visit, _draft(visit), texts)
    return "The draft says so now. It still waits."


async def schedule(visit: AreaVisit) -> str:
    """Have it sent at a time; without one, have it wait."""
    at = visit.given.get("at", "").strip()
    at = f"{at}Z" if at and not at.endswith("Z") else at
    draft = _draft(visit)
    note = {"scheduled": bool(at)} if draft["channel"] == "note" else {}
    _change(visit, draft, {"sendAt": at, **note})
    return f"It is sent at {at}." if at else "It is not sent by itself any more, and waits."


async def discard(visit: AreaVisit) -> str:
    """Throw it away."""
    call, said = visit.act("DELETE", f"/v1/drafts/{_id(visit)}")
    _insist(call.status, said)
    return "The draft is thrown away."


def _drafts(look: Look, *, customers: dict[str, None]) -> list[Facts]:
    people = seen.names(seen.listed(look, "/v1/users"))
    return [
        _shown(draft, id, _name(look, id), people)
        for id in customers
        for draft in seen.listed(look, f"/v1/customers/{id}/drafts")
    ]


def _name(look: Look, id: str) -> JSON:
    try:
        attributes = look.get(f"/v1/customers/{id}")["data"]["attributes"]
    except CallRefused:
        return ""
    return attributes.get("displayName") or attributes.get("name") or ""


def _shown(draft: dict[str, Any], customer: str, name: JSON, people: dict[str, str]) -> Facts:
    attributes = draft["attributes"]
    meta, body = attributes.get("meta"), attributes.get("body") or ""
    return {
        "id": draft["id"],
        "channel": attributes["channel"],
        "app": attributes.get("app") or "",
        "status": attributes["status"],
        "customer": customer,
        "name": name,
        "by": people.get(seen.related(draft, "createdBy"), ""),
        "at": attributes.get("createdAt") or "",
        "send_at": attributes.get("sendAt") or "",
        "to": [*seen.parties(attributes.get("to"))],
        "subject": attributes.get("subject") or "",
        "body": body,
        "meta": meta,
        "interactive": seen.interactive(meta),
        "template": meta.get("template", "") if isinstance(meta, dict) and not is_masked(meta) else "",
        "can_be_edited": bool(body) and not is_masked(body) and not is_masked(attributes.get("subject")),
    }


def _draft(visit: AreaVisit) -> Facts:
    """The draft that a form names, as the API shows it. Raises `CallRefused`."""
    id, customer = _id(visit), visit.given.get("customer", "")
    if not is_id_list(customer):
        raise CallRefused(400, "A customer is named by an id.")
    found = visit.look(partial(_drafts, customers={customer: None}))
    visit.calls.clear()
    for draft in found:
        if draft["id"] == id:
            return draft
    raise CallRefused(404, "There is no such draft any more: it was sent or thrown away.")


def _change(visit: AreaVisit, draft: Facts, changes: dict[str, JSON]) -> JSON:
    """Its channel says which form the change has; WhatsApp wants its app as well. Raises `CallRefused`."""
    app = {"app": draft["app"]} if draft["channel"] == "whatsapp" else {}
    call, said = visit.act("PUT", f"/v1/drafts/{draft['id']}", {"channel": draft["channel"], **app, **changes})
    _insist(call.status, said)
    return said


def _insist(status: int, said: JSON) -> None:
    """Raises `CallRefused` for an answer that is an error."""
    if status >= _REFUSED_FROM:
        errors = said.get("errors") if isinstance(said, dict) else None
        why = errors[0].get("detail") if errors else ""
        raise CallRefused(status, why or f"The API answered with {status}.")


def _made(said: JSON) -> str:
    """What was sent, as the answer names it."""
    data = said.get("data") if isinstance(said, dict) else None
    return f"{data['type']} {data['id']}" if isinstance(data, dict) else "a message"


def _id(visit: AreaVisit) -> str:
    id = visit.given.get("id", "")
    if not is_id_list(id):
        raise CallRefused(400, "A draft is named by an id.")
    return id


AREA: Final = Area(
    name="drafts",
    title="Drafts",
    about="What waits for somebody to approve it, as the customer would see it, and what is sent by itself later.",
    show=show,
    acts={"approve": approve, "edit": edit, "schedule": schedule, "discard": discard},
)
