"""What a website tracks: who a visitor is, what a visitor does, and how a customer's past is read."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient

NOBODY = "f" * 24


def identified(client: WorldClient, **about: Any) -> str:
    """The id of the customer that a visitor is tied to."""
    answer = client.post("/v1/tracking/identity", about)
    assert answer.status == 201, answer.json
    return str(answer.data["relationships"]["customer"]["data"]["id"])


def track(client: WorldClient, visitor: str, name: str, **more: JSON) -> None:
    body = {"trackingId": visitor, "name": name, **more}
    assert client.post("/v1/tracking/event", body).status == 204


def session_events(client: WorldClient, customer: str, session: str) -> list[str]:
    answer = client.get(f"/v1/customers/{customer}/sessions/{session}/events")
    assert answer.status == 200, answer.json
    return [event["attributes"]["name"] for event in answer.data]


def test_an_unknown_visitor_becomes_a_customer(world_client: WorldClient) -> None:
    """What is said of the visitor is the customer's; the same again adds nothing twice."""
    about = {"email": "ada@example.com", "name": "Ada", "tags": ["VIP"], "location": {"cityName": "Bern"}}
    customer = identified(world_client, **about)
    assert identified(world_client, **about | {"tags": ["vip", "New"], "gender": "f"}) == customer

    known = world_client.get(f"/v1/customers/{customer}").attributes

    assert [entry["email"] for entry in known["emails"]] == ["ada@example.com"]
    assert (known["name"], known["gender"], len(known["tags"]), len(known["locations"])) == ("Ada", "f", 2, 1)


def test_who_is_named_wins_over_who_the_visitor_was(world_client: WorldClient) -> None:
    """Two people on one device are two customers; a visit that names nobody is the last one's."""
    ada = identified(world_client, trackingId="shared", externalId="ada")
    byron = identified(world_client, trackingId="shared", externalId="byron")

    assert ada != byron
    assert identified(world_client, trackingId="shared", locale="en_GB") == byron
    assert identified(world_client, trackingId="other", phone="+15555550111", externalId="ada") == ada
    assert identified(world_client, phone="+15555550111") == ada


def test_a_value_of_another_customer_is_a_conflict(world_client: WorldClient) -> None:
    """Addresses are unique; nothing of the call is kept then."""
    identified(world_client, externalId="ada", email="ada@example.com")
    byron = identified(world_client, externalId="byron")
    taken = {"externalId": "byron", "email": "ada@example.com", "trackingId": "t", "name": "Byron"}

    assert world_client.post("/v1/tracking/identity", taken).status == 409
    assert "name" not in world_client.get(f"/v1/customers/{byron}").attributes


def test_events_before_the_identity_are_the_customers_afterwards(world_client: WorldClient) -> None:
    """Most visitors look around before they sign in."""
    track(world_client, "v1", "looked", sessionId="s1")
    track(world_client, "v2", "looked", sessionId="s1")
    body = {
        "identity": {"trackingId": "v1", "sessionId": "s1", "email": "a@example.com"},
        "event": {"name": "signed-in"},
    }
    customer = world_client.post("/v1/tracking/identityEvent", body).data["relationships"]["customer"]["data"]["id"]

    assert session_events(world_client, customer, "s1") == ["looked", "signed-in"]


def test_events_of_one_name_share_their_tracking_event(world_client: WorldClient) -> None:
    """So a client can group them."""
    customer = identified(world_client, trackingId="v1")
    for name in ("looked", "bought", "looked"):
        track(world_client, "v1", name, sessionId="s1")
    events = world_client.get(f"/v1/customers/{customer}/sessions/s1/events").data
    looked, bought, again = (event["attributes"]["trackingEvent"] for event in events)

    assert looked == again != bought


def test_a_change_is_an_event_of_the_customer(world_client: WorldClient) -> None:
    """By the id that the audit log gives; another customer has no such event."""
    customer, other = identified(world_client, name="Ada"), identified(world_client)
    world_client.put(f"/v1/customers/{customer}", {"gender": "f"})
    entry = world_client.get("/v1/audit-logs", "count=1").data[0]["id"]
    event = world_client.get(f"/v1/customers/{customer}/events/{entry}")

    assert event.attributes["changes"]["attributes"]["gender"] == {"op": "replace", "before": None, "after": "***"}
    assert world_client.get(f"/v1/customers/{other}/events/{entry}").status == 404


def test_a_move_to_another_customer_is_told_with_both(world_client: WorldClient) -> None:
    """As the vendor's own example of an event shows it; filters leave the other events out."""
    ada, byron = identified(world_client), identified(world_client)
    talk = world_client.post("/v1/conversations", {"customer": ada}).data["id"]
    path = f"/v1/conversations/{talk}"
    world_client.put(path, {"priority": 2})
    world_client.put(path, {"customer": byron})
    moved = world_client.get(f"{path}/events", "changed=customer").data
    newest = world_client.get(f"{path}/events", "sort=desc&name=kustomer.conversation.update").data

    assert [event["attributes"]["changes"]["relationships"]["customer"] for event in moved] == [
        {"op": "replace", "before": {"type": "customer", "id": ada}, "after": {"type": "customer", "id": byron}}
    ]
    assert [event["id"] for event in newest][:1] == [moved[0]["id"]]
    assert len(newest) == 2


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("event", {"name": "1st"}, "/name"),
        ("event", {"name": "looked", "meta": {"colour": "red"}}, "/meta/colour"),
        ("event", {"name": "looked", "when": "now"}, "/when"),
        ("identity", {"email": "nobody"}, "/email"),
        ("identityEvent", {"identity": {}}, "/event"),
    ],
)
def test_what_is_tracked_has_its_form(world_client: WorldClient, path: str, body: JSON, place: str) -> None:
    """Names and meta are limited as published."""
    answer = world_client.post(f"/v1/tracking/{path}", body)

    assert (answer.status, answer.places) == (400, [place])


def test_tracking_needs_its_own_role(world_client: WorldClient) -> None:
    """A key for a website must not read customers, and the other way round."""
    website, agent = world_client.new_key("org.tracking"), world_client.new_key("org.user")

    assert world_client.post("/v1/tracking/event", {"name": "looked"}, key=website).status == 204
    assert world_client.post("/v1/tracking/event", {"name": "looked"}, key=agent).status == 403
    assert world_client.get("/v1/customers", key=website).status == 403
