"""Messages: where they belong, what they do to conversation and customer, masks, redaction; all fits the contract."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.resources.conversations import timeline
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.values.record import JSON
from tests.promised import PromisedClient, promised
from tests.world_client import WorldClient

NOW = "2026-06-09T12:00:00.000Z"
NOBODY = "f" * 24
MAIL = {"channel": "email", "app": "postmark"}


@pytest.fixture
def client(world_client: WorldClient) -> PromisedClient:
    return promised(world_client)


def customer(client: WorldClient, name: str = "Jane Doe", **body: JSON) -> str:
    return str(client.post("/v1/customers", {"name": name, **body}).data["id"])


def conversation(client: WorldClient, of: str) -> str:
    return str(client.post("/v1/conversations", {"customer": of}).data["id"])


def post(client: WorldClient, id: str, **body: JSON) -> JSON:
    made = client.post(f"/v1/conversations/{id}/messages", {**MAIL, **body})
    assert made.status == 201
    return made.data


def seen(client: WorldClient, id: str) -> JSON:
    return client.get(f"/v1/conversations/{id}").attributes


def test_a_message_is_recorded_as_given_with_what_follows_from_it(client: PromisedClient) -> None:
    """Without a direction it is inbound and received; its size is that of its text."""
    jane = customer(client)
    id = conversation(client, jane)

    made = post(client, id, preview="Grüezi", subject="Order", meta={"from": "jane@example.com"})

    assert made["attributes"] == {
        **MAIL,
        "preview": "Grüezi",
        "subject": "Order",
        "meta": {"from": "jane@example.com"},
        "direction": "in",
        "directionType": "initial-in",
        "status": "received",
        "size": 7,
        "sentAt": NOW,
        "createdByTeams": [],
        "assignedTeams": [],
        "assignedUsers": [],
        "auto": False,
        "redacted": False,
        "reactions": [],
        "intentDetections": [],
        "createdAt": NOW,
        "updatedAt": NOW,
        "modifiedAt": NOW,
        "rev": 1,
    }
    related = {name: made["relationships"][name]["data"]["id"] for name in ("customer", "conversation")}
    assert related == {"customer": jane, "conversation": id}
    assert client.get(f"/v1/messages/{made['id']}").data == made


def test_a_message_of_a_customer_without_a_conversation_gets_a_new_one(client: PromisedClient) -> None:
    """It starts in the message's direction and carries its channel."""
    jane = customer(client)

    made = client.post(f"/v1/customers/{jane}/messages", {**MAIL, "direction": "out", "preview": "Hi"})

    started = seen(client, made.data["relationships"]["conversation"]["data"]["id"])
    assert (made.status, made.attributes["directionType"], made.attributes["status"]) == (201, "initial-out", "sent")
    assert (started["direction"], started["channels"], started["outboundMessageCount"]) == ("out", ["email"], 1)
    assert client.get(f"/v1/customers/{jane}").attributes["conversationCounts"]["open"] == 1


def test_a_message_belongs_to_one_conversation_of_one_customer(client: PromisedClient) -> None:
    """Whatever path it comes by, contradictions and references to nothing are refused, and nothing is kept."""
    jane, john = customer(client), customer(client, "John Doe")
    mine = conversation(client, jane)
    sent = {**MAIL, "direction": "in"}

    refused = [
        client.post("/v1/messages", sent),
        client.post("/v1/messages", {**sent, "customer": john}),
        client.post("/v1/messages", {**sent, "conversation": mine, "customer": NOBODY}),
        client.post("/v1/messages", {**sent, "conversation": NOBODY}),
        client.post("/v1/messages", {**sent, "conversation": mine, "customer": john}),
        client.post(f"/v1/customers/{john}/messages", {**sent, "conversation": mine}),
        client.post(f"/v1/conversations/{mine}/messages", {**sent, "conversation": NOBODY}),
        client.post(f"/v1/customers/{jane}/messages", {**sent, "reference": {"message": NOBODY, "type": "reply"}}),
        client.post("/v1/messages", {**MAIL, "customer": jane}),
    ]

    assert [answer.status for answer in refused] == [400] * 9
    assert client.post(f"/v1/conversations/{NOBODY}/messages", sent).status == 404
    assert client.get("/v1/messages").data == []
    assert client.get(f"/v1/customers/{jane}").attributes["conversationCounts"]["all"] == 1


@pytest.mark.parametrize(
    ("before", "body", "after"),
    [
        ("done", {}, "open"),
        ("snoozed", {}, "open"),
        ("done", {"direction": "out"}, "done"),
        ("snoozed", {"direction": "out"}, "snoozed"),
        ("done", {"importedAt": NOW}, "done"),
    ],
)
def test_an_inbound_message_opens_the_conversation_again(
    client: PromisedClient, before: str, body: dict[str, JSON], after: str
) -> None:
    """Only news from the customer does: not a reply to it, and not history that is loaded."""
    jane = customer(client)
    id = conversation(client, jane)
    client.put(f"/v1/conversations/{id}", {"status": before})

    post(client, id, **body)

    assert seen(client, id)["status"] == after
    assert client.get(f"/v1/customers/{jane}").attributes["progressiveStatus"] == after


def test_a_reply_is_the_first_response_and_answers_what_waited(client: PromisedClient) -> None:
    """Response times are what support teams are measured by; a later reply does not change the first."""
    id = conversation(client, customer(client))
    asked = post(client, id, preview="Where is it?")
    assert seen(client, id)["lastMessageUnrespondedTo"] == {"id": asked["id"], "sentAt": NOW, "createdAt": NOW}
    client.advance(90)
    reply = post(client, id, direction="out", preview="On its way")
    client.advance(10)
    post(client, id, direction="out", preview="Tomorrow")

    found = seen(client, id)
    assert reply["attributes"]["responseTime"] == 90_000
    assert found["lastMessageUnrespondedTo"] == {}
    assert found["firstResponse"] == found["lastResponse"]
    assert {name: found["firstResponse"][name] for name in ("id", "time", "responseTime")} == {
        "id": reply["id"],
        "time": 90_000,
        "responseTime": 90_000,
    }
    types = [entry["attributes"]["directionType"] for entry in client.get(f"/v1/conversations/{id}/messages").data]
    assert types == ["initial-in", "response-out", "followup-out"]


def test_an_automatic_message_is_no_response(client: PromisedClient) -> None:
    """The vendor leaves `auto` messages out of reporting; the customer is still waiting."""
    id = conversation(client, customer(client))
    asked = post(client, id, preview="Hello?")

    post(client, id, direction="out", auto=True, preview="We are closed.")

    found = seen(client, id)
    assert (found["firstResponse"].get("id"), found["lastMessageUnrespondedTo"]["id"]) == (None, asked["id"])
    assert (found["messageCount"], found["preview"]) == (2, "We are closed.")


def test_conversation_and_customer_show_the_last_messages(client: PromisedClient) -> None:
    """Last means last sent: history loaded afterwards fills in the first, and leaves the last alone."""
    jane = customer(client)
    id = conversation(client, jane)
    post(client, id, preview="Second", channel="sms")
    late = post(client, id, preview="First", sentAt="2025-01-01T00:00:00Z", importedAt=NOW)

    found, shown = seen(client, id), client.get(f"/v1/customers/{jane}").attributes

    assert found["firstMessageIn"]["id"] == late["id"]
    assert (found["lastMessageIn"]["channel"], found["preview"], found["lastMessageAt"]) == ("sms", "Second", NOW)
    assert (found["channels"], found["messageCount"], found["inboundMessageCount"]) == (["sms", "email"], 2, 2)
    assert shown["preview"] == {
        "previewAt": NOW,
        "type": "message_in",
        "text": "Second",
        "subject": "",
        "channel": "sms",
    }
    assert shown["lastMessageIn"] == {"sentAt": NOW, "channel": "sms", "sentiment": None}
    assert shown["lastConversation"] == {"id": id, "channels": ["sms", "email"], "tags": []}


message = st.tuples(st.integers(0, 1), st.sampled_from(["in", "out"]), st.sampled_from(["email", "sms"]), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(message, max_size=6))
def test_a_timeline_worked_out_anew_equals_the_one_kept_step_by_step(
    client: PromisedClient, messages: list[tuple[int, str, str, bool]]
) -> None:
    """Edits and redactions work it out anew, so both roads must lead to the same record."""
    jane = customer(client)
    ids = [conversation(client, jane) for _ in range(2)]
    for index, direction, channel, auto in messages:
        client.advance(1)
        post(client, ids[index], direction=direction, channel=channel, auto=auto, preview=f"{direction} {channel}")
    paths = [f"/v1/customers/{jane}", *(f"/v1/conversations/{id}" for id in ids)]

    def shown() -> list[JSON]:
        return [{**client.get(path).attributes, "rev": 0, "updatedAt": "", "lastActivityAt": ""} for path in paths]

    kept = shown()
    for id in ids:
        timeline.renew(system_context(client.world), id)
    summaries.renew(system_context(client.world), jane)

    assert shown() == kept


def test_an_external_id_is_unique_and_found_with_and_without_the_colon(client: PromisedClient) -> None:
    """The published path has a colon that looks like a slip; clients meet both."""
    id = conversation(client, customer(client))
    made = post(client, id, externalId="mail/1")

    found = [client.get(f"/v1/messages/externalid={colon}mail%2F1") for colon in (":", "")]

    assert [answer.data["id"] for answer in found] == [made["id"]] * 2
    assert client.get("/v1/messages/externalid=:mail%2F2").status == 404
    assert client.post(f"/v1/conversations/{id}/messages", {**MAIL, "externalId": "mail/1"}).status == 409


def test_stamps_and_authors_are_taken_from_admins_only(client: PromisedClient) -> None:
    """Others may send them; they are ignored, as the vendor says."""
    id = conversation(client, customer(client))
    agent = client.new_key("org.user", "org.permission")
    other = client.get("/v1/users").data[-1]["id"]
    stamps = {"createdAt": "2020-01-01T00:00:00Z", "modifiedAt": "2020-01-02T00:00:00Z", "createdBy": other}
    path = f"/v1/conversations/{id}/messages"

    by_admin = client.post(path, {**MAIL, **stamps})
    by_agent = client.post(path, {**MAIL, **stamps, "createdBy": NOBODY}, key=agent)

    assert (by_admin.attributes["createdAt"], by_admin.attributes["sentAt"]) == ("2020-01-01T00:00:00.000Z",) * 2
    assert by_admin.attributes["modifiedAt"] == "2020-01-02T00:00:00.000Z"
    assert by_admin.data["relationships"]["createdBy"]["data"]["id"] == other
    assert (by_agent.attributes["createdAt"], by_agent.attributes["modifiedAt"]) == (NOW, NOW)
    assert client.post(path, {**MAIL, "createdBy": NOBODY}).status == 400
    changed = client.put(f"/v1/messages/{by_agent.data['id']}", {"updatedAt": "2021-01-01T00:00:00Z"})
    assert changed.attributes["updatedAt"] == "2021-01-01T00:00:00.000Z"


def test_changing_a_text_changes_every_preview_of_it(client: PromisedClient) -> None:
    """PUT and PATCH change only what they name; what is shown elsewhere follows."""
    jane = customer(client)
    id = conversation(client, jane)
    made = post(client, id, preview="Old", custom={"aStr": "x"})
    path = f"/v1/messages/{made['id']}"

    client.call("PATCH", path, {"preview": "New", "custom": {"bNum": 2}})

    assert client.get(path).attributes["custom"] == {"aStr": "x", "bNum": 2}
    assert seen(client, id)["preview"] == "New"
    assert client.get(f"/v1/customers/{jane}").attributes["preview"]["text"] == "New"
    assert client.call("PATCH", path, {"spam": True}).status == 400
    replaced = client.put(path, {"spam": True}, query="replace=true").attributes
    assert (replaced["spam"], replaced["meta"], "preview" in replaced, "custom" in replaced) == (True, {}, False, False)
    assert seen(client, id)["preview"] is None


def test_a_message_moved_to_another_conversation_takes_its_customer(client: PromisedClient) -> None:
    """Counts and previews go with it on both sides."""
    jane, john = customer(client), customer(client, "John Doe")
    old, new = conversation(client, jane), conversation(client, john)
    made = post(client, old, preview="Hi")

    moved = client.put(f"/v1/messages/{made['id']}", {"conversation": new})

    assert moved.data["relationships"]["customer"]["data"]["id"] == john
    assert [(seen(client, id)["messageCount"], seen(client, id).get("preview")) for id in (old, new)] == [
        (0, None),
        (1, "Hi"),
    ]
    assert client.get(f"/v1/customers/{jane}").attributes["preview"] == {}


def test_a_redacted_text_is_nowhere_left(client: PromisedClient) -> None:
    """Redaction deletes for good: no record, preview or summary may still hold the text."""
    jane = customer(client)
    id = conversation(client, jane)
    made = post(
        client, id, preview="My card is 4111", meta={"from": "4111@example.com"}, attachments=["a" * 24, "b" * 24]
    )

    answer = client.post(
        f"/v1/messages/{made['id']}/redactions", {"preview": "My card is ####", "meta": {}, "attachments": ["a" * 24]}
    )

    assert (answer.status, answer.data["type"]) == (201, "message_redaction")
    left = client.get(f"/v1/messages/{made['id']}").data
    assert (left["attributes"]["preview"], left["attributes"]["meta"]) == ("My card is ####", {})
    assert (left["attributes"]["redacted"], left["attributes"]["redactedAt"]) == (True, NOW)
    assert left["relationships"]["attachments"]["data"] == [{"type": "attachment", "id": "b" * 24}]
    kinds = {resource.type for resource in client.api.contracts.resources.values()}
    stored = [record for kind in kinds for record in client.world.records.find(kind)]
    assert b"4111" not in orjson.dumps(stored)


@pytest.mark.parametrize("body", [{}, {"attachments": [NOBODY]}, {"subject": "x"}])
def test_a_redaction_of_nothing_is_refused(client: PromisedClient, body: dict[str, JSON]) -> None:
    """Somebody who believes that something was redacted must not be wrong."""
    made = post(client, conversation(client, customer(client)), preview="Hi")

    assert client.post(f"/v1/messages/{made['id']}/redactions", body).status == 400
    assert client.get(f"/v1/messages/{made['id']}").attributes["redacted"] is False


def test_a_redaction_needs_its_own_role(client: PromisedClient) -> None:
    """Writing messages is not enough to destroy them."""
    made = post(client, conversation(client, customer(client)), preview="Hi")
    key = client.new_key("org.user.message.write")

    assert client.post(f"/v1/messages/{made['id']}/redactions", {"preview": ""}, key=key).status == 403


def test_masks_hide_contact_points_and_texts_wherever_messages_show_them(client: PromisedClient) -> None:
    """A number masked on the customer would otherwise be read from the meta, a text from the previews."""
    flags = {"customer": "phones", "message": "preview"}
    for resource, name in flags.items():
        client.put(f"/v1/metadata/{resource}", {"standardProperties": {name: {"sensitive": True}}})
    jane = customer(client, phones=[{"phone": "+15555550100"}])
    id = conversation(client, jane)

    made = post(client, id, preview="Call me", meta={"from": "+15555550100", "to": [{"phone": "+15555550199"}], "n": 1})

    masked = {"from": "***", "to": [{"phone": "***"}], "n": 1}
    assert (made["attributes"]["preview"], made["attributes"]["meta"]) == ("***", masked)
    assert seen(client, id)["preview"] == "***"
    assert client.get(f"/v1/customers/{jane}").attributes["preview"]["text"] == "***"
    client.post(f"/v1/customers/{jane}/unmasking-windows")
    assert seen(client, id)["preview"] == "Call me"
    assert client.get(f"/v1/messages/{made['id']}").attributes["meta"]["from"] == "+15555550100"


def test_lists_take_include_and_sort(client: PromisedClient) -> None:
    """`include=attachments` adds the records there are beside the page, an empty list if there are none."""
    jane = customer(client)
    id = conversation(client, jane)
    first, second = (post(client, id, attachments=["a" * 24])["id"] for _ in range(2))

    page = client.get("/v1/messages", "include=attachments&sort=desc&pageSize=1")

    assert ([entry["id"] for entry in page.data], page.json["included"]) == ([second], [])
    assert "included" not in client.get("/v1/messages").json
    assert client.get(f"/v1/customers/{jane}/drafts", "include=attachments").json["included"] == []
    assert page.json["links"]["next"] == "/v1/messages?include=attachments&sort=desc&page=2&pageSize=1"
    assert [entry["id"] for entry in client.get(f"/v1/conversations/{id}/messages", "include=attachments").data] == [
        first,
        second,
    ]
    assert client.get(f"/v1/conversations/{id}/messages", "include=notes").status == 400


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/conversations/{}/messages", "/v1/customers/{}/messages"])
def test_messages_draw_on_the_customers_budget_whatever_their_path(client: PromisedClient, path: str) -> None:
    """The limit is the customer's, so changing paths must not double it; imports are exempt."""
    jane = customer(client)
    id = conversation(client, jane)
    for _ in range(120):
        post(client, id)
    body = {**MAIL, "direction": "in", **({"conversation": id} if path == "/v1/messages" else {})}
    target = path.format(id if "conversations" in path else jane)

    assert client.post(target, body).status == 429
    assert client.post(target, {**body, "importedAt": NOW}).status == 201
    client.advance(60)
    assert client.post(target, body).status == 201
