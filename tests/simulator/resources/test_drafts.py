"""Drafts: what scheduling, sending, changing and deleting them does, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.world.scheduler import JOBS
from tests.world_client import Answer, WorldClient

FUTURE = "2026-06-09T14:00:00.000Z"
CHOICES = {
    "type": "button",
    "body": {"text": "When shall we call?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "am", "title": "Morning"}}]},
}
WHATSAPP: dict[str, dict[str, Any]] = {
    "text": {"channel": "whatsapp", "app": "whatsapp", "body": "Hello"},
    "interactive": {"channel": "whatsapp", "app": "whatsapp", "meta": {"interactive": CHOICES}},
    "template": {"channel": "whatsapp", "app": "whatsapp", "meta": {"template": "5a" * 12}},
}


@pytest.fixture
def customer(world_client: WorldClient) -> str:
    body = {"name": "Jane Doe", "emails": [{"email": "jane@example.com"}], "phones": [{"phone": "+15555550100"}]}
    made: str = world_client.post("/v1/customers", body).data["id"]
    return made


@pytest.fixture
def conversation(world_client: WorldClient, customer: str) -> str:
    return new_conversation(world_client, customer)


def new_conversation(client: WorldClient, customer: str) -> str:
    made: str = client.post("/v1/conversations", {"customer": customer, "name": "Late parcel"}).data["id"]
    return made


def write(client: WorldClient, customer: str, body: dict[str, Any]) -> Answer:
    return client.post(f"/v1/customers/{customer}/drafts", body)


def drafts(client: WorldClient, customer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/customers/{customer}/drafts").data
    return found


def sent(client: WorldClient, customer: str) -> list[dict[str, Any]]:
    found = client.get(f"/v1/customers/{customer}/messages").data
    return [message["attributes"] for message in found if message["attributes"].get("direction") == "out"]


def hears_on_whatsapp(client: WorldClient, customer: str) -> None:
    body = {"channel": "whatsapp", "app": "whatsapp", "direction": "in", "preview": "Where is my parcel?"}
    assert client.post(f"/v1/customers/{customer}/messages", body).status == 201


# --- whose draft --------------------------------------------------------------------------------------------


def test_a_new_draft_waits_for_a_person_and_reaches_nobody(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """Writing a draft answers 200, not 201, and sends nothing: that is the point of a draft."""
    made = write(world_client, customer, {"channel": "sms", "body": "On its way", "conversation": conversation})

    relationships = {name: made.data["relationships"][name]["data"]["id"] for name in ("customer", "conversation")}
    assert (made.status, made.data["type"], made.attributes["status"]) == (200, "draft", "draft")
    assert relationships == {"customer": customer, "conversation": conversation}
    assert set(made.attributes) == {"channel", "body", "status", "createdAt", "updatedAt", "modifiedAt"}
    assert drafts(world_client, customer) == [made.data]
    assert sent(world_client, customer) == []


def test_a_draft_stays_with_its_own_customer_and_conversation(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """A reply in somebody else's conversation would tell one customer another one's affairs."""
    other = world_client.post("/v1/customers", {"name": "John Roe"}).data["id"]
    unknown = "f" * 24

    answers = {
        "another customer": write(world_client, customer, {"channel": "sms", "customer": other}),
        "their conversation": write(world_client, other, {"channel": "sms", "conversation": conversation}),
        "no conversation": write(world_client, customer, {"channel": "sms", "conversation": unknown}),
        "no customer": write(world_client, unknown, {"channel": "sms"}),
    }

    assert {name: answer.status for name, answer in answers.items()} == {
        "another customer": 400,
        "their conversation": 400,
        "no conversation": 400,
        "no customer": 404,
    }
    assert drafts(world_client, customer) == drafts(world_client, other) == []


def test_a_conversation_has_one_note_draft_at_a_time(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """The vendor keeps one note draft per conversation; other channels and other conversations are free."""
    note = {"channel": "note", "body": "Call back", "conversation": conversation}
    first = write(world_client, customer, note)

    second = write(world_client, customer, note)
    elsewhere = write(world_client, customer, {**note, "conversation": new_conversation(world_client, customer)})
    moved = world_client.put(f"/v1/drafts/{elsewhere.data['id']}", {"channel": "note", "conversation": conversation})
    changed = world_client.put(f"/v1/drafts/{first.data['id']}", {**note, "body": "Call at noon"})
    reply = write(world_client, customer, {"channel": "chat", "conversation": conversation})

    assert [a.status for a in (first, second, elsewhere, moved, changed, reply)] == [200, 409, 200, 409, 200, 200]


# --- scheduling and sending ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timing", "shown"),
    [
        ({}, {"status": "draft"}),
        ({"sendAt": FUTURE}, {"status": "draft"}),
        ({"scheduled": True}, {"status": "draft"}),
        ({"sendAt": FUTURE, "scheduled": False}, {"status": "draft"}),
        ({"sendAt": None, "scheduled": True}, {"status": "draft"}),
        ({"sendAt": "", "scheduled": True}, {"status": "draft"}),
        ({"sendAt": FUTURE, "scheduled": True}, {"status": "scheduled", "scheduled": True, "sendAt": FUTURE}),
        ({"sendAt": "now+2h", "scheduled": True}, {"status": "scheduled", "scheduled": True, "sendAt": FUTURE}),
    ],
    ids=["neither", "time", "mark", "unmarked", "null", "empty", "both", "offset"],
)
def test_a_new_draft_is_scheduled_only_with_both_a_time_and_the_mark(
    world_client: WorldClient, customer: str, timing: dict[str, Any], shown: dict[str, Any]
) -> None:
    """A sendAt alone is not honoured on creation: whoever relies on it would wait for nothing."""
    made = write(world_client, customer, {"channel": "sms", "body": "Hello", **timing})

    assert {key: made.attributes[key] for key in ("status", "scheduled", "sendAt") if key in made.attributes} == shown
    assert sent(world_client, customer) == []


def test_a_scheduled_draft_becomes_an_outgoing_message_at_its_time(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """After sending the draft no longer exists, and what it said stands in its conversation."""
    body = {"channel": "sms", "body": "On its way", "conversation": conversation, "sendAt": "now+2h", "scheduled": True}
    made = write(world_client, customer, body)

    world_client.advance(7199)
    before = (len(drafts(world_client, customer)), sent(world_client, customer))
    world_client.advance(1)

    assert before == (1, [])
    assert drafts(world_client, customer) == []
    assert world_client.delete(f"/v1/drafts/{made.data['id']}").status == 404
    message = world_client.get(f"/v1/customers/{customer}/messages").data[0]
    keys = ("channel", "direction", "status", "preview", "sentAt")
    assert [message["attributes"][key] for key in keys] == ["sms", "out", "sent", "On its way", FUTURE]
    assert message["relationships"]["conversation"]["data"]["id"] == conversation


def test_a_time_that_is_not_in_the_future_sends_at_once(world_client: WorldClient, customer: str) -> None:
    """There is no send path: a scheduled draft whose time has come goes out with the call, in a new conversation."""
    made = write(world_client, customer, {"channel": "sms", "body": "Now", "sendAt": "now", "scheduled": True})

    assert (made.status, made.attributes["status"], drafts(world_client, customer)) == (200, "sent", [])
    message = world_client.get(f"/v1/customers/{customer}/messages").data[0]
    assert (message["attributes"]["preview"], message["relationships"]["conversation"]["data"]) == (
        "Now",
        made.data["relationships"]["conversation"]["data"],
    )


def test_changing_a_draft_schedules_unschedules_or_leaves_its_time(world_client: WorldClient, customer: str) -> None:
    """On update the time alone decides: a value schedules, an empty one unschedules, none changes nothing."""
    path = f"/v1/drafts/{write(world_client, customer, {'channel': 'sms', 'body': 'Hello'}).data['id']}"
    steps: tuple[dict[str, Any], ...] = (
        {"sendAt": "now+1h"}, {"body": "Dear Jane"}, {"sendAt": ""}, {"sendAt": "now+1h"}, {"scheduled": False},
    )  # fmt: skip

    shown = [world_client.put(path, {"channel": "sms", **step}).attributes for step in steps]
    world_client.advance(7200)

    assert [attributes["status"] for attributes in shown] == ["scheduled", "scheduled", "draft", "scheduled", "draft"]
    assert (shown[1]["body"], shown[1]["sendAt"]) == ("Dear Jane", "2026-06-09T13:00:00.000Z")
    assert "sendAt" not in shown[2]
    assert sent(world_client, customer) == []


def test_a_deleted_draft_is_never_sent(world_client: WorldClient, customer: str) -> None:
    """Deleting is how a person stops a scheduled reply."""
    made = write(world_client, customer, {"channel": "sms", "sendAt": "now+1h", "scheduled": True})

    answer = world_client.delete(f"/v1/drafts/{made.data['id']}")
    planned = world_client.world.store.count(JOBS)
    world_client.advance(3600)

    assert (answer.status, answer.json, planned, sent(world_client, customer)) == (204, None, 0, [])


def test_a_draft_keeps_its_channel(world_client: WorldClient, customer: str) -> None:
    """The channel decides the form, so another one means another draft."""
    made = write(world_client, customer, {"channel": "sms", "body": "Hello"})

    answer = world_client.put(f"/v1/drafts/{made.data['id']}", {"channel": "chat", "body": "Hello"})

    assert (answer.status, drafts(world_client, customer)) == (400, [made.data])


def test_the_meta_of_a_whatsapp_draft_cannot_be_changed(world_client: WorldClient, customer: str) -> None:
    """The vendor's update form has no meta; choices or a template are changed by a new draft."""
    made = write(world_client, customer, WHATSAPP["interactive"])

    refused = world_client.put(f"/v1/drafts/{made.data['id']}", WHATSAPP["interactive"])
    text = world_client.put(f"/v1/drafts/{made.data['id']}", WHATSAPP["text"])

    assert (refused.status, refused.places) == (400, ["/meta"])
    assert (text.status, text.attributes["body"], text.attributes["meta"]) == (200, "Hello", {"interactive": CHOICES})


def test_a_draft_whose_conversation_is_gone_fails_and_can_be_seen(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """What could not be sent must not vanish: it stays, marked, for a person to look at."""
    body = {"channel": "sms", "conversation": conversation, "sendAt": "now+1h", "scheduled": True}
    write(world_client, customer, body)
    world_client.delete(f"/v1/conversations/{conversation}")

    world_client.advance(3600)

    assert [draft["attributes"]["status"] for draft in drafts(world_client, customer)] == ["failed"]


def test_a_note_draft_becomes_a_note_and_no_message(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """Notes are for colleagues: sending one must never reach the customer."""
    write(
        world_client,
        customer,
        {"channel": "note", "body": "VIP", "conversation": conversation, "sendAt": "now", "scheduled": True},
    )

    notes = world_client.world.records.find("note")

    assert [note["attributes"]["body"] for note in notes] == ["VIP"]
    assert (sent(world_client, customer), drafts(world_client, customer)) == ([], [])


# --- WhatsApp -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "silent_for", "status"),
    [
        ("text", 3600, "sent"),
        ("interactive", 86400, "sent"),
        ("interactive", 86401, "error"),
        ("text", 86401, "error"),
        ("template", 86401, "sent"),
    ],
)
def test_only_a_template_reaches_a_customer_who_was_silent_for_a_day(
    world_client: WorldClient, customer: str, form: str, silent_for: int, status: str
) -> None:
    """The draft is accepted whenever it is written; the platform's window counts when it is sent."""
    hears_on_whatsapp(world_client, customer)
    world_client.advance(silent_for)

    body = {**WHATSAPP[form], "sendAt": "now", "scheduled": True}
    answer = write(world_client, customer, body)

    assert (answer.status, [message["status"] for message in sent(world_client, customer)]) == (200, [status])


def test_the_four_hundred_and_first_whatsapp_message_of_a_minute_is_refused(
    world_client: WorldClient, contracts: Contracts
) -> None:
    """The limit is per user over all customers, counts what is sent, and not what is only drafted."""
    limit = contracts.limits.budgets["whatsapp_outbound"].limit
    per_customer = contracts.limits.budgets["drafts_created"].limit
    body = WHATSAPP["template"]
    now = {**body, "sendAt": "now", "scheduled": True}
    customers = [world_client.post("/v1/customers", {"name": "x"}).data["id"] for _ in range(limit // per_customer + 1)]

    granted = [write(world_client, customers[n // per_customer], now).status for n in range(limit)]
    refused = write(world_client, customers[-1], now)
    drafted = write(world_client, customers[-1], body)

    assert (set(granted), refused.status, drafted.status) == ({200}, 429, 200)
    assert len(drafts(world_client, customers[-1])) == 1


def test_a_customer_gets_so_many_drafts_a_minute_from_one_client(
    world_client: WorldClient, customer: str, contracts: Contracts
) -> None:
    """Scheduled drafts and those of the aliases count like all others; another key has its own count."""
    limit = contracts.limits.budgets["drafts_created"].limit
    paths = [f"/v1/customers/{customer}/drafts", f"/v1/customers/{customer}/drafts/sms"]

    statuses = [world_client.post(paths[n % 2], {"channel": "sms"}).status for n in range(limit + 1)]
    other = world_client.post(paths[0], {"channel": "sms"}, key=world_client.new_key("org"))

    assert (set(statuses[:-1]), statuses[-1], other.status) == ({200}, 429, 200)


# --- who may, and who sees ----------------------------------------------------------------------------------


def test_writing_a_draft_needs_no_role_and_listing_needs_one(world_client: WorldClient, customer: str) -> None:
    """Any valid credential may draft; reading what others drafted is a right of its own."""
    key = world_client.new_key("org.user.company.read")
    path = f"/v1/customers/{customer}/drafts"
    made = world_client.post(path, {"channel": "sms"}, key=key)
    draft = f"/v1/drafts/{made.data['id']}"

    answers = [
        world_client.put(draft, {"channel": "sms", "body": "x"}, key=key),
        world_client.get(path, key=key),
        world_client.get(path, key=world_client.new_key("org.permission.draft.read")),
        world_client.delete(draft, key=key),
    ]

    assert [made.status, *(answer.status for answer in answers)] == [200, 200, 403, 200, 204]


def test_a_draft_hides_the_addresses_that_its_customer_hides(world_client: WorldClient, customer: str) -> None:
    """A masked e-mail address must not be readable in the drafts to it; the customer's window opens both."""
    facts = {"standardProperties": {"emails": {"sensitive": True}}}
    assert world_client.put("/v1/metadata/customer", facts).status == 200
    address = {"email": "jane@example.com", "name": "Jane"}
    write(world_client, customer, {"channel": "email", "to": [address], "cc": [address], "subject": "Hello"})

    hidden = drafts(world_client, customer)[0]["attributes"]
    world_client.post(f"/v1/customers/{customer}/unmasking-windows")
    shown = drafts(world_client, customer)[0]["attributes"]

    stars = {"email": "***", "name": "***"}
    assert (hidden["to"], hidden["cc"], hidden["subject"]) == ([stars], [stars], "Hello")
    assert (shown["to"], shown["cc"]) == ([address], [address])


@pytest.mark.parametrize(("channel", "is_marked"), [("sms", False), ("note", False), ("email", True)])
def test_a_draft_for_a_channel_that_its_conversation_does_not_have_is_taken_and_marked(
    world_client: WorldClient, customer: str, conversation: str, channel: str, *, is_marked: bool
) -> None:
    """Refusing would be a guess; who looks for a wrong turn of an agent finds it in the journal."""
    carried = {"conversation": conversation, "channel": "sms", "app": "twilio", "direction": "in", "preview": "Hi"}
    path = f"/v1/customers/{customer}/drafts"
    for said in ({**carried, "channel": "email"}, carried) if channel == "sms" else (carried,):
        world_client.post("/v1/messages", said)
    body: dict[str, Any] = {"conversation": conversation, "channel": channel, "body": "Hello"}
    made = world_client.post(path, {**body, "app": "twilio"} if channel == "sms" else body)
    (entry,) = world_client.world.journal.expect(path=path)
    warned = [step["detail"] for step in entry.steps() if step["outcome"] == "warning"]
    assert made.status == 200
    marked = [{"warning": "a draft for a channel that its conversation does not have", "parameter": "channel"}]
    assert warned == (marked if is_marked else [])


def test_a_conversation_without_a_message_is_on_no_channel_yet(
    world_client: WorldClient, customer: str, conversation: str
) -> None:
    """Its first draft decides, so there is nothing to warn of."""
    path = f"/v1/customers/{customer}/drafts"
    world_client.post(path, {"conversation": conversation, "channel": "email", "body": "Hello"})
    (entry,) = world_client.world.journal.expect(path=path)
    assert [step for step in entry.steps() if step["outcome"] == "warning"] == []
