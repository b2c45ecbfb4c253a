"""Forwards: drafted, scheduled and sent to others than the customer; they stay, and nothing reaches the customer."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient

EXPERT = {"email": "expert@example.com", "name": "Expert"}
MAIL = {"channel": "email", "to": [EXPERT], "from": {"email": "support@example.com"}, "subject": "Fwd", "body": "See"}
FILE = {"name": "photo.png", "contentType": "image/png", "contentLength": 3}
NOBODY = "f" * 24


@pytest.fixture
def talk(world_client: WorldClient) -> str:
    customer = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    return str(world_client.post("/v1/conversations", {"customer": customer}).data["id"])


def forward(client: WorldClient, talk: str, **fields: JSON) -> Answer:
    answer = client.post(f"/v1/conversations/{talk}/forwards", {**MAIL, **fields})
    assert answer.status == 200, answer.json
    return answer


def state(client: WorldClient, id: str) -> tuple[str, str | None]:
    """What became of a forward, and its time."""
    attributes = client.get(f"/v1/forwards/{id}").attributes
    return attributes["status"], attributes.get("sendAt")


def test_a_forward_waits_as_a_draft_of_its_conversation(world_client: WorldClient, talk: str) -> None:
    """It is for others, so no message of it stands on the customer's timeline."""
    answer = forward(world_client, talk)

    customer = answer.data["relationships"]["customer"]["data"]["id"]
    assert (answer.data["type"], answer.attributes["status"], answer.attributes["to"]) == ("forward", "draft", [EXPERT])
    assert [one["id"] for one in world_client.get(f"/v1/conversations/{talk}/forwards").data] == [answer.data["id"]]
    world_client.put(f"/v1/forwards/{answer.data['id']}", {"sendAt": "now"})
    assert world_client.get(f"/v1/customers/{customer}/messages").data == []


def test_a_forward_is_sent_when_its_time_comes(world_client: WorldClient, talk: str) -> None:
    """Scheduled until then; afterwards it stays and says that it is sent."""
    id = forward(world_client, talk, sendAt="now+1h").data["id"]
    at = "2026-06-09T13:00:00.000Z"
    assert state(world_client, id) == ("scheduled", at)

    world_client.advance(3599)
    assert state(world_client, id) == ("scheduled", at)
    world_client.advance(1)
    assert state(world_client, id) == ("sent", at)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, "scheduled"),
        ({"body": "New"}, "scheduled"),
        ({"sendAt": ""}, "draft"),
        ({"sendAt": "now"}, "sent"),
        ({"sendAt": "now-1d"}, "sent"),
    ],
)
def test_a_change_schedules_unschedules_sends_or_leaves_the_time(
    world_client: WorldClient, talk: str, body: dict[str, JSON], status: str
) -> None:
    """As with drafts; what is left out stays."""
    id = forward(world_client, talk, sendAt="now+1h").data["id"]

    changed = world_client.put(f"/v1/forwards/{id}", body)

    assert changed.attributes["status"] == status
    assert changed.attributes["body"] == body.get("body", "See")
    world_client.advance(3600)
    assert state(world_client, id)[0] == ("sent" if status == "scheduled" else status)


@pytest.mark.parametrize("to", [[], [{"email": "nobody@old.invalid"}]])
def test_a_forward_that_reaches_nobody_fails(world_client: WorldClient, talk: str, to: JSON) -> None:
    """Without a recipient, or with one that no mail reaches."""
    id = forward(world_client, talk, to=to, sendAt="now").data["id"]

    assert state(world_client, id)[0] == "failed"


def test_a_forward_of_a_deleted_conversation_fails(world_client: WorldClient, talk: str) -> None:
    """What it would pass on is gone."""
    id = forward(world_client, talk, sendAt="now+1h").data["id"]
    world_client.delete(f"/v1/conversations/{talk}")

    world_client.advance(3600)

    assert state(world_client, id)[0] == "failed"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"channel": "sms"}, "/channel"),
        ({"app": "twilio"}, "/app"),
        ({"status": "scheduled"}, "/status"),
        ({"to": [EXPERT] * 101}, "/to"),
        ({"body": "x" * 10_241}, "/body"),
        ({"sendAt": None}, "/sendAt"),
        ({"attachments": [{"id": NOBODY}]}, "/attachments/0"),
    ],
)
def test_a_forward_that_the_schema_does_not_allow_is_refused(
    world_client: WorldClient, talk: str, fields: dict[str, Any], place: str
) -> None:
    """E-mail alone, to at most a hundred; its time is no null."""
    answer = world_client.post(f"/v1/conversations/{talk}/forwards", {**MAIL, **fields})

    assert answer.status == 400
    assert answer.places[0].startswith(place)


def test_a_forward_names_no_other_customer_than_its_conversations(world_client: WorldClient, talk: str) -> None:
    """Whoever names another one has taken the wrong conversation."""
    other = world_client.post("/v1/customers", {"name": "John"}).data["id"]

    answer = world_client.post(f"/v1/conversations/{talk}/forwards", {**MAIL, "customer": other})

    assert (answer.status, answer.error["source"]) == (400, {"pointer": "/customer"})


def test_files_go_with_a_forward(world_client: WorldClient, talk: str) -> None:
    """Those the body describes and those added later, until they are taken off."""
    id = forward(world_client, talk, attachments=[{**FILE, "id": NOBODY}]).data["id"]
    path = f"/v1/forwards/{id}/attachments"
    added = world_client.post(path, FILE)
    assert (added.status, added.data["relationships"]["forward"]["data"]["id"]) == (200, id)
    assert "/_files/" in added.data["links"]["related"]

    named = world_client.get(f"/v1/forwards/{id}").data["relationships"]["attachments"]["data"]
    assert [one["id"] for one in named] == [NOBODY, added.data["id"]]
    assert {one["id"] for one in world_client.get(path).data} == {NOBODY, added.data["id"]}
    assert world_client.get(f"{path}/{NOBODY}").status == 200
    assert world_client.delete(f"{path}/{NOBODY}").status == 204
    assert [one["id"] for one in world_client.get(path).data] == [added.data["id"]]
    assert world_client.get(f"{path}/{NOBODY}").status == 404


def test_a_forward_hides_what_its_customer_hides(world_client: WorldClient, talk: str) -> None:
    """Not masking it would show what is masked elsewhere."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"emails": {"sensitive": True}}})
    world_client.put("/v1/metadata/message", {"standardProperties": {"preview": {"sensitive": True}}})
    forward(world_client, talk)

    key = world_client.new_key("org", read_sensitive=False)
    (shown,) = world_client.get(f"/v1/conversations/{talk}/forwards", key=key).data

    assert (shown["attributes"]["body"], shown["attributes"]["subject"]) == ("***", "Fwd")
    assert EXPERT["email"] not in str(shown)


def test_each_call_of_forwards_needs_its_role(world_client: WorldClient, talk: str) -> None:
    """Changing one needs none, as with drafts."""
    weak, id = world_client.new_key("org.user.company.read"), forward(world_client, talk).data["id"]
    path = f"/v1/conversations/{talk}/forwards"
    calls = [
        ("POST", path, MAIL, "org.permission.conversation_forward.create", 403),
        ("GET", path, None, "org.permission.draft.read", 403),
        ("GET", f"/v1/forwards/{id}", None, "org.user.draft.read", 403),
        ("PUT", f"/v1/forwards/{id}", {"body": "x"}, "org.user.company.read", 200),
    ]

    for method, place, body, role, without in calls:
        assert world_client.call(method, place, body, key=weak).status == without
        assert world_client.call(method, place, body, key=world_client.new_key(role)).status == 200
