"""From a committed change to what is sent to outbound webhooks: the event's document, masked, on its way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import orjson

from kustomer_sandbox.simulator.operations.registry import Presenter
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.records.deliveries import ATTEMPT, Delivery, keep
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW
from kustomer_sandbox.simulator.request.rendering import appearance_to, draw, subject_of
from kustomer_sandbox.simulator.values.change import Change
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.derived import RULES, WEBHOOK
from kustomer_sandbox.simulator.world.world import World

TYPES = ("customer", "conversation", "message", "user", "team", "tag")
_VERBS = {"insert": "create", "update": "update"}
EVENTS = {(of, kind): f"kustomer.{of}.{verb}" for of in TYPES for kind, verb in _VERBS.items()}
"""The events there are, by the type of the record and the kind of change (docs/events/event-catalog)."""

_CLIENTS = {"draft-send": "postmark-drafts-sender"}
_API_CLIENT, _SYSTEM_CLIENT = "api-gw", "workers"
"""What `client` says: the first is recorded, and so is that of sent drafts; the second is ours."""


def announce(presenters: Mapping[str, Presenter], world: World, change: Change) -> None:
    """Plan the delivery of a change to every webhook that wants it: at once, after the call that made it.

    What a scenario sets up is not announced, and neither are deletions: there are no events of them.
    """
    if change.type == WEBHOOK or change.type in RULES:
        world.derived.forget()
    event = EVENTS.get((change.type, change.kind))
    if (
        event is None
        or not world.derived.is_wanted(event)
        or not change.operation
        or (change.after or {}).get("deleted")
    ):
        return
    rows = world.store.find(WEBHOOK, "event", event)
    webhooks = [webhook for row in rows if (webhook := orjson.loads(row.data))["attributes"]["enabled"]]
    if not webhooks:
        return
    body = orjson.dumps(_document(presenters.get(change.type), world, change, event)).decode()
    at, record = iso(change.at), f"{change.type}/{change.id}"
    cause = world.journal.total + 1  # what has made the change is journalled next
    for webhook in webhooks:
        id = world.ids.new(change.at)
        keep(
            world.store,
            Delivery(id=id, webhook=webhook["id"], event=event, record=record, at=at, cause=cause, body=body, due=at),
        )
        world.schedule(ATTEMPT, id, at)


def _document(presenter: Presenter | None, world: World, change: Change, event: str) -> dict[str, JSON]:
    """The event (recorded): the record as a key without sight would see it now, and what changed of it."""
    show = partial(_shown, world, presenter, change)
    after = show(change.after or {})
    document: dict[str, JSON] = {
        "id": world.ids.new(change.at),
        "name": event,
        "org": world.org,
        "partition": world.org,
        "orgName": world.org_name,
        "data": after,
        "createdAt": iso(change.at),
        "persist": True,
        "client": _client(change),
        "dataId": change.id,
        "meta": {"customChanged": "custom" in change.attributes},
        "snsFilters": [],
    }
    if change.before is not None:
        document["changes"] = _changes(show(change.before), after)
    return document


def _client(change: Change) -> str:
    usual = _SYSTEM_CLIENT if change.by == SYSTEM else _API_CLIENT
    return _CLIENTS.get(change.operation, usual)


def _shown(world: World, presenter: Presenter | None, change: Change, record: Record) -> JSON:
    own: Record = orjson.loads(orjson.dumps(record))  # drawing writes into it

    def window_of(customer: str) -> bytes | None:
        row = world.store.get(WINDOW, customer)
        return None if row is None else row.data

    appearance = appearance_to(world, presenter, subject_of(world, own), window_of, change.at, sees_all=False)
    return draw(own, appearance, world.records.resource(own["type"]))


def _changes(before: JSON, after: JSON) -> dict[str, JSON]:
    """What differs between two looks of a record; where only a masked value differs, nothing is told of it."""
    return {part: _differences(before[part], after[part]) for part in ("attributes", "relationships")}


def _differences(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> dict[str, JSON]:
    return {
        name: {"op": "replace", "before": before.get(name), "after": after.get(name)}
        for name in dict.fromkeys([*after, *before])
        if before.get(name) != after.get(name)
    }
