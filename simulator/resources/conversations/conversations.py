"""Conversations: making, changing, moving and deleting them. Status is in `lifecycle`, messages in `timeline`."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import page, page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import merged, new_record, reference, without
from kustomer_sandbox.simulator.resources.conversations import surveys, work_items
from kustomer_sandbox.simulator.resources.conversations.agreements import standing
from kustomer_sandbox.simulator.resources.conversations.conversation_times import end_sessions
from kustomer_sandbox.simulator.resources.conversations.lifecycle import moved, plan_wake, started
from kustomer_sandbox.simulator.resources.conversations.tags import tag_ids
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.resources.objects.metadata import accept_custom
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.moments import kept, kept_in
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

MOST_TAGS = 20
_HANGING_ON = ("message", "note", "draft", "forward")
_WRITABLE = (
    "externalId", "name", "priority", "satisfaction", "satisfactionLevel", "suggestedShortcuts", "replyChannel", "tags",
    "suggestedTags", "sentiment", "assignedUsers", "assignedTeams", "custom", "ended", "endedAt", "endedReason",
    "endedByType", "locked", "defaultLang", "externalQueue",
)  # fmt: skip
_NO_SURVEY: dict[str, JSON] = {"sentByTeams": [], "answers": []}
_HISTORY = {
    name: f"{name}At"
    for name in ("name", "priority", "assignedTeams", "assignedUsers", "defaultLang", "tags", "custom")
}


@rule("conversations.create")
def create(call: Call) -> Outcome:
    """A new conversation of the customer the body names."""
    reference(call, "customer", call.body["customer"], field="customer")
    return Single(record=new_conversation(call, call.body["customer"], call.body))


@rule("conversations.create_for_customer")
def create_for_customer(call: Call) -> Outcome:
    """A new conversation of the customer of the path."""
    customer = call.records.get_or_404("customer", call.path["id"])
    return Single(record=new_conversation(call, customer["id"], call.body or {}))


def new_conversation(context: Context, customer: str, body: Mapping[str, JSON]) -> Record:
    """Store a conversation made from a validated body, and count it on its customer."""
    attributes, relationships = _written(context, body)
    relationships |= {"customer": {"type": "customer", "id": customer}}
    record = new_record(context, "conversation", attributes, relationships=relationships, id=body.get("id"))
    record["attributes"] |= started(context, record["attributes"], attributes)
    stored = changes.create(context, work_items.directed(context, standing.held(context, None, record)))
    standing.plan(context, None, stored)
    work_items.enter(context, record, stored)
    summaries.follow(context, stored, before=None)
    return stored


def _written(context: Context, body: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """The body split into attributes and relationships; raises `BadRequest` for references that name nothing."""
    fields = without(body, "id", "customer", "queue", "campaign", "subStatus", "endedBy", "snooze", "rev")
    fields |= kept_in(fields, "createdAt", "importedAt", "endedAt")
    if level := fields.get("satisfactionLevel"):
        fields["satisfactionLevel"] = {
            **_NO_SURVEY,
            **level,
            **kept_in(level, "createdAt", "updatedAt", "scheduledFor", "sentAt"),
        }
    if "tags" in fields:
        fields["tags"] = tag_ids(context, fields["tags"])
    accept_custom(context, "conversation", fields.get("custom", {}))
    for name, kind in (("assignedUsers", "user"), ("assignedTeams", "team")):
        for id in fields.get(name, ()):
            reference(context, kind, id, field=name)
    relationships = {}
    if "campaign" in body:  # campaigns have no endpoints of their own here: their ids are taken as given
        relationships["campaign"] = {"type": "campaign", "id": body["campaign"]}
    if "subStatus" in body:
        relationships["subStatus"] = reference(context, "sub_status", body["subStatus"], field="subStatus")
    if "endedBy" in body:
        relationships["endedBy"] = reference(context, body.get("endedByType", "user"), body["endedBy"], field="endedBy")
    return fields | external_queue(body), relationships | queue_of(context, body)


def external_queue(body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The attribute a body's `queue` sets."""
    return {"externalQueue": body["queue"]["external"]} if "external" in body.get("queue", {}) else {}


def queue_of(context: Context, body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The relationship a body's `queue` sets or, by null, removes; raises `BadRequest` for an unknown queue."""
    if "id" not in body.get("queue", {}):
        return {}
    id = body["queue"]["id"]
    return {"queue": reference(context, "queue", id, field="queue") if id else None}


@rule("conversations.list_of_customer")
def list_of_customer(call: Call) -> Outcome:
    """A page of the customer's conversations, all or those created since `fromDate`."""
    customer = call.records.get_or_404("customer", call.path["id"])
    if "fromDate" not in call.query:
        return page(call, "customer", customer["id"])
    since = kept(call.query["fromDate"], parameter="fromDate")
    found = [
        record
        for record in call.records.find("conversation", "customer", customer["id"])
        if record["attributes"]["createdAt"] >= since
    ]
    return page_of_records(call, found)


@rule("conversations.update")
def update(call: Call) -> Outcome:
    """Change what the body names, replace the document, or move the conversation to another customer."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    if "customer" in call.body:
        return Single(record=_move(call, conversation, call.body["customer"]))
    before = conversation["attributes"]
    fields, relationships = _written(call, without(call.body, "status"))
    after = _merged(call, before, fields)
    if after["ended"] and not before["ended"]:
        after, relationships = _ended(call, before, after), {"endedBy": _caller(call), **relationships}
    after = _moved(call, after) | _history(call, before, after)
    after |= surveys.followed(call, conversation, after)
    if call.body.get("deleted"):
        return Single(record=_bury(call, conversation, after, relationships=relationships))
    asked = {**conversation, "attributes": after, "relationships": {**conversation["relationships"], **relationships}}
    written = _under_rules(call, conversation, asked)
    stored = changes.update_by_caller(call, written, rev=call.body.get("rev"))
    end_sessions(call, conversation, after)
    if "snooze" in call.body or after["status"] != before["status"]:
        plan_wake(call, stored)
    standing.plan(call, conversation, stored)
    work_items.follow(call, conversation, stored)
    work_items.enter(call, asked, stored)
    summaries.follow(call, stored, before=before["status"])
    return Single(record=stored)


def _under_rules(call: Call, before: Record, after: Record) -> Record:
    """A conversation about to be written, under its agreement and in its queue; a call's own word on that stands."""
    held = standing.held(call, before, after)
    return held if isinstance(call.body, dict) and "queue" in call.body else work_items.directed(call, held)


def _merged(call: Call, before: Mapping[str, JSON], fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """The attributes after a write; a replacement keeps the server's own: history, counts, status, direction."""
    if call.query.get("replace"):
        defaults = {name: value for name, value in call.records.defaults("conversation").items() if name in _WRITABLE}
        server = {name: value for name, value in before.items() if name not in _WRITABLE}
        return {**server, **defaults, **fields}
    return merged(call, before, fields)


def _ended(context: Context, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> dict[str, JSON]:
    """A conversation just ended knows when, and whether by a user (the caller unless another is named: assumed)."""
    when = iso(context.now) if after.get("endedAt") == before.get("endedAt") else after["endedAt"]
    return {**after, "endedAt": when, "endedByType": after.get("endedByType", "user")}


def _caller(call: Call) -> dict[str, str]:
    return {"type": "user", "id": call.principal.user_id}


def _moved(call: Call, after: Mapping[str, JSON]) -> dict[str, JSON]:
    """The attributes with the status the body asks for, by `status`, by `snooze` or by both."""
    snooze, status = call.body.get("snooze"), call.body.get("status", after["status"])
    if snooze is None:
        return moved(call, after, status)
    snooze = {**snooze, **kept_in(snooze, "time"), "statusAt": iso(call.now)}
    if snooze["status"] != "scheduled":
        status = call.body.get("status", "open" if status == "snoozed" else status)
    elif call.body.get("status", "snoozed") == "snoozed":
        status = "snoozed"
    elif not call.reads("snooze-status", "taken"):
        message = "A snooze is scheduled for the status snoozed only; give that status or leave it out."
        raise BadRequest(Problem(message=message, pointer="/snooze/status"), rule="snooze-status")
    return {**moved(call, after, status), "snooze": snooze}


def _history(context: Context, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> dict[str, JSON]:
    """When each of the watched attributes last changed (client-code)."""
    changed = {at: iso(context.now) for name, at in _HISTORY.items() if before.get(name) != after.get(name)}
    if before["status"] != after["status"]:
        changed["statusAt"] = iso(context.now)
    return {"modificationHistory": {**before["modificationHistory"], **changed}} if changed else {}


def _move(call: Call, conversation: Record, customer: str) -> Record:
    """Give the conversation, and all that hangs on it, to another customer."""
    owner = {"customer": reference(call, "customer", customer, field="customer")}
    former = summaries.customer_of(conversation)
    for kind in _HANGING_ON:
        for record in call.records.find(kind, "conversation", conversation["id"]):
            moved_along = {**record, "relationships": {**record["relationships"], **owner}}
            changes.update_by_system(call, moved_along)
    surveys.move(call, conversation, owner)
    stored = changes.update_by_caller(call, conversation, relationships=owner)
    for id in dict.fromkeys((former, customer)):
        summaries.renew(call, id)
    return stored


@rule("conversations.delete")
def delete(call: Call) -> Outcome:
    """Delete the conversation; its messages stay readable by id (assumed)."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    _bury(call, conversation, conversation["attributes"], relationships={})
    return NoContent()


def _bury(
    call: Call, conversation: Record, attributes: Mapping[str, JSON], *, relationships: Mapping[str, JSON]
) -> Record:
    """Leave a tombstone, which only a search with `includeDeleted` finds."""
    rev = (call.body or {}).get("rev")
    tombstone = {**conversation, "deleted": True, "attributes": {**attributes, "deleted": True}}
    stored = changes.update_by_caller(call, tombstone, relationships=relationships, rev=rev)
    plan_wake(call, stored)
    standing.plan(call, conversation, stored)
    work_items.follow(call, conversation, stored)
    summaries.renew(call, summaries.customer_of(stored))
    return stored


@rule("conversations.append_tags")
def append_tags(call: Call) -> Outcome:
    """Add tags by name or id; unknown names become new tags."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    tags = list(dict.fromkeys([*conversation["attributes"]["tags"], *tag_ids(call, call.body)]))
    if len(tags) > MOST_TAGS and not call.reads("conversation-tag-limit", "per-write"):
        message = f"A conversation has at most {MOST_TAGS} tags; take some off first."
        raise BadRequest(Problem(message=message, pointer="/"), rule="conversation-tag-limit")
    return Single(record=_tagged(call, conversation, tags))


@rule("conversations.remove_tags")
def remove_tags(call: Call) -> Outcome:
    """Take tags off by name or id, passing over those it lacks; unknown names become new tags, as on adding."""
    conversation = call.records.get_or_404("conversation", call.path["id"])
    gone = set(tag_ids(call, call.body))
    return Single(
        record=_tagged(call, conversation, [id for id in conversation["attributes"]["tags"] if id not in gone])
    )


def _tagged(call: Call, conversation: Record, tags: list[str]) -> Record:
    before = conversation["attributes"]
    after = {**before, "tags": tags}
    tagged = {**conversation, "attributes": after | _history(call, before, after)}
    stored = changes.update_by_caller(call, _under_rules(call, conversation, tagged))
    standing.plan(call, conversation, stored)
    work_items.enter(call, tagged, stored)
    summaries.follow(call, stored, before=before["status"])
    return stored
