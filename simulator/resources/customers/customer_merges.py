"""Merges: one customer is given up, and another one has all that was its own from then on.

Whatever either unmasking window opened is masked afterwards: a window was opened for one of two persons' values, and
what it would show now is more (assumed; the safe side).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kustomer_sandbox.simulator.operations import changes, defaults
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, reference
from kustomer_sandbox.simulator.resources.customers import recent_items, summaries, unmasking_windows
from kustomer_sandbox.simulator.resources.customers.customers import LISTS
from kustomer_sandbox.simulator.resources.customers.naming import shown_name
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_ALSO_JOINED = ("watchers", "tags", "activeUsers", "smoochIds", "sharedWhatsapps")
_TARGETS = ("name", "externalId", "username", "avatarUrl", "locale", "timeZone", "birthdayAt", "gender", "defaultLang")
_LATEST = ("signedUpAt", "lastSeenAt", "lastActivityAt", "lastCustomerActivityAt")
_KEYS = ("email", "phone", "externalId", "username", "userId", "url")
"""What an entry of a contact list is known by; an address (`locations`) by all that it says."""


@rule("customer_merges.create")
def create(call: Call) -> Outcome:
    """Merge at once. Raises `BadRequest` for ids of nobody, and for one customer given twice."""
    source, target = (_customer(call, field) for field in ("source", "target"))
    if source["id"] == target["id"]:
        words = "A customer cannot be merged into itself."
        raise BadRequest(Problem(message=words, pointer="/target"), rule="merge-of-two")
    for customer in (source, target):
        unmasking_windows.close(call, customer["id"])
    _hand_over(call, source["id"], target["id"])
    changes.bury(call, source)
    _join(call, source, target)
    summaries.renew(call, target["id"])
    relationships = {name: {"type": "customer", "id": call.body[name]} for name in ("source", "target")}
    return Single(
        record=changes.create(
            call, new_record(call, "customer_merge", {"status": "success"}, relationships=relationships)
        )
    )


@rule("customer_merges.list_of_customer")
def list_of_customer(call: Call) -> Outcome:
    """A page of the merges that a customer was in, on either side; it may be gone by now."""
    id = call.path["id"]
    if call.records.get("customer", id, deleted=True) is None:
        raise NotFound(Problem(message="There is no customer with this id.", parameter="id"))
    found = {
        record["id"]: record
        for side in ("source", "target")
        for record in call.records.find("customer_merge", side, id)
    }
    return page_of_records(call, [found[id] for id in sorted(found)])


@rule("customer_merges.get_customer")
def get_customer(call: Call) -> Outcome:
    """A customer, or several, as any record; who was merged into another is gone, or is that other one (assumed)."""
    try:
        return defaults.get(call)
    except NotFound:
        merged = call.records.find("customer_merge", "source", call.path["id"])
        if not merged or not call.reads("merge-source-gone", "redirected"):
            raise
        call.path = {**call.path, "id": merged[-1]["relationships"]["target"]["id"]}
        return get_customer(call)


def _customer(call: Call, field: str) -> Record:
    id = reference(call, "customer", call.body[field], field=field)["id"]
    return call.records.get_or_404("customer", id, parameter="")


def _hand_over(context: Context, source: str, target: str) -> None:
    """Have every record that is the source's be the target's."""
    owner = {"customer": {"type": "customer", "id": target}}
    for record in list(_owned(context, source)):
        changes.update_by_system(context, {**record, "relationships": {**record["relationships"], **owner}})


def _owned(context: Context, customer: str) -> Iterator[Record]:
    """The records of every type that is related to a customer by that name."""
    for resource in context.world.contracts.resources.values():
        if all(relation.name != "customer" for relation in resource.relationships):
            continue
        if "customer" in resource.indexes:
            yield from context.records.find(resource.type, "customer", customer)
        else:
            for record in context.records.find(resource.type):
                if (record["relationships"].get("customer") or {}).get("id") == customer:
                    yield record


def _join(context: Context, source: Record, target: Record) -> None:
    """Store the target with what it takes from the source; of values that cannot be joined its own stays."""
    gone, kept = source["attributes"], target["attributes"]
    joined: dict[str, JSON] = {
        name: _union(kept.get(name, []), gone.get(name, []))
        for name in (*LISTS, *_ALSO_JOINED)
        if name in kept or name in gone
    }
    joined |= {name: gone[name] for name in _TARGETS if gone.get(name) is not None and kept.get(name) is None}
    joined |= {
        name: max(found)
        for name in _LATEST
        if (found := [attributes[name] for attributes in (gone, kept) if attributes.get(name)])
    }
    joined["custom"] = {**gone.get("custom", {}), **kept.get("custom", {})}
    items = sorted([*kept["recentItems"], *gone["recentItems"]], key=lambda item: str(item["updatedAt"]), reverse=True)
    joined["recentItems"] = items[: recent_items.MOST]
    joined["recentLocation"] = max(
        (kept["recentLocation"], gone["recentLocation"]), key=lambda at: str(at["updatedAt"])
    )
    joined["createdAt"] = min(kept["createdAt"], gone["createdAt"])
    relationships = {
        "createdBy": (source if gone["createdAt"] < kept["createdAt"] else target)["relationships"]["createdBy"]
    }
    if not target["relationships"].get("company") and source["relationships"].get("company"):
        relationships["company"] = source["relationships"]["company"]
        joined |= {name: gone[name] for name in ("companyName",) if name in gone}
    joined |= shown_name({**kept, **joined}, target["id"])
    klasses = list(dict.fromkeys([*target.get("klasses", ()), *source.get("klasses", ())]))
    after = {**target, **({"klasses": klasses} if klasses else {})}
    changes.update_by_caller(context, after, joined, relationships=relationships)


def _union(kept: Sequence[JSON], gone: Sequence[JSON]) -> list[JSON]:
    """The target's entries, and after them those of the source that it lacks."""
    known = {_key(entry) for entry in kept}
    return [*kept, *(entry for entry in gone if _key(entry) not in known)]


def _key(entry: JSON) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    facts: Mapping[str, Any] = entry
    keys = ("type", *_KEYS) if "username" in facts else _KEYS  # the same name on two networks is two accounts
    named = [str(facts[name]).lower() for name in keys if name in facts]
    return " ".join(named) if named else str(sorted((name, str(value)) for name, value in facts.items()))
