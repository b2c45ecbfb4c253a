"""What records show of what has happened: activity, recent items, teams, names that stand in for a name."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.values.record import JSON
from tests.promised import PromisedClient, promised
from tests.world_client import WorldClient, opened

NOW, LATER = "2026-06-09T12:00:00.000Z", "2026-06-09T12:01:00.000Z"
MAIL = {"channel": "email", "app": "postmark"}


@pytest.fixture
def client(world_client: WorldClient) -> PromisedClient:
    return promised(world_client)


def made(client: WorldClient, path: str, body: JSON) -> str:
    answer = client.post(path, body)
    assert answer.status in (200, 201), answer.json
    return str(answer.data["id"])


def customer(client: WorldClient, **body: JSON) -> str:
    return made(client, "/v1/customers", body)


def seen(client: WorldClient, id: str) -> JSON:
    return client.get(f"/v1/customers/{id}").attributes


def test_recent_items_follow_what_happens_to_the_objects(client: PromisedClient) -> None:
    """The one last written stands first; with the last object of a Klass its link is gone."""
    made(client, "/v1/klasses", {"name": "order"})
    jane = customer(client)
    first, second = (made(client, f"/v1/customers/{jane}/klasses/order", {"title": title}) for title in "ab")
    assert [item["id"] for item in seen(client, jane)["recentItems"]] == [second, first]

    client.advance(60)
    client.put(f"/v1/klasses/order/{first}", {"title": "c"})
    items = seen(client, jane)["recentItems"]
    assert [(item["id"], item["updatedAt"]) for item in items] == [(first, LATER), (second, NOW)]

    client.delete(f"/v1/klasses/order/{first}")
    assert "orders" in client.get(f"/v1/customers/{jane}").data["relationships"]
    client.delete(f"/v1/klasses/order/{second}")
    left = client.get(f"/v1/customers/{jane}").data
    assert (left["attributes"]["recentItems"], "orders" in left["relationships"]) == ([], False)


def test_no_more_than_ten_recent_items_are_kept(client: PromisedClient) -> None:
    """A customer with thousands of orders stays as small as any other."""
    made(client, "/v1/klasses", {"name": "order"})
    jane = customer(client)
    ids = [made(client, f"/v1/customers/{jane}/klasses/order", {"title": str(number)}) for number in range(12)]
    assert [item["id"] for item in seen(client, jane)["recentItems"]] == ids[:1:-1]


def test_an_object_of_nobody_and_one_whose_owner_is_gone_show_nowhere(client: PromisedClient) -> None:
    """Writing them works all the same."""
    made(client, "/v1/klasses", {"name": "order"})
    jane = customer(client)
    alone, hers = (made(client, "/v1/klasses/order", {"title": "a", **of}) for of in ({}, {"customer": jane}))
    assert client.delete(f"/v1/customers/{jane}").status == 204
    assert [client.put(f"/v1/klasses/order/{id}", {"title": "b"}).status for id in (alone, hers)] == [200, 200]
    assert [client.delete(f"/v1/klasses/order/{id}").status for id in (alone, hers)] == [204, 204]


@pytest.mark.parametrize("known", [{}, {"lastCustomerActivityAt": NOW}])
def test_history_loaded_later_leaves_the_activity_alone(client: PromisedClient, known: dict[str, str]) -> None:
    """An import of last year's messages must not make an active customer look forgotten."""
    jane = customer(client, **known)
    conversation = made(client, "/v1/conversations", {"customer": jane})
    old = {"sentAt": "2025-01-01T00:00:00.000Z", "importedAt": NOW, "direction": "in"}
    made(client, f"/v1/conversations/{conversation}/messages", {**MAIL, **old})
    found = seen(client, jane)
    assert found["lastActivityAt"] == NOW
    assert found["lastCustomerActivityAt"] == known.get("lastCustomerActivityAt", old["sentAt"])


def test_the_activity_of_a_customer_is_never_null(client: PromisedClient) -> None:
    """The vendor's schema has a date-time there; a body may say null, as its schema allows."""
    jane = customer(client, lastActivityAt=None)
    assert client.put(f"/v1/customers/{jane}", {"lastActivityAt": None}).attributes["lastActivityAt"] == NOW
    assert seen(client, customer(client, lastActivityAt=LATER))["lastActivityAt"] == LATER


def test_a_customers_mood_is_that_of_its_last_message(client: PromisedClient) -> None:
    """A reply has a sentiment too, which is not the customer's; what a mark says of it is published as a text."""
    jane = customer(client)
    conversation = made(client, "/v1/conversations", {"customer": jane})
    sad, glad = ({"polarity": polarity, "confidence": 0.5} for polarity in (-1, 1))
    for direction, mood in (("in", sad), ("out", glad)):
        path = f"/v1/conversations/{conversation}/messages"
        made(client, path, {**MAIL, "direction": direction, "sentiment": mood})
    found = seen(client, jane)
    assert (found["sentiment"], found["lastMessageIn"]["sentiment"]) == (sad, None)


def test_billing_status_is_unknown_once_there_are_messages(client: PromisedClient) -> None:
    """`no_messages` would not be true; when the last message has moved away, it is again."""
    jane = customer(client)
    old, new = (made(client, "/v1/conversations", {"customer": jane}) for _ in range(2))
    message = made(client, f"/v1/conversations/{old}/messages", MAIL)
    assert client.get(f"/v1/conversations/{old}").attributes["billingStatus"] is None
    assert client.put(f"/v1/messages/{message}", {"conversation": new}).status == 200
    states = [client.get(f"/v1/conversations/{id}").attributes["billingStatus"] for id in (old, new)]
    assert states == ["no_messages", None]


def test_a_reply_and_a_resolution_name_the_teams_of_who_made_them(client: PromisedClient) -> None:
    """Reports are cut by them; the customer's own message has none."""
    me = client.get("/v1/users/current").data["id"]
    team = made(client, "/v1/teams", {"name": "Tier 1", "members": [me]})
    conversation = made(client, "/v1/conversations", {"customer": customer(client)})
    path = f"/v1/conversations/{conversation}"
    for direction in ("in", "out"):
        made(client, f"{path}/messages", {**MAIL, "direction": direction})
    client.put(path, {"status": "done"})
    found = client.get(path).attributes
    marks = ("firstMessageIn", "firstMessageOut", "firstResponse", "lastDone")
    assert [found[name]["createdByTeams"] for name in marks] == [[], [team], [team], [team]]


def test_the_first_resolution_stays_and_the_last_one_moves_on(client: PromisedClient) -> None:
    """How long a customer waited for the first one is what reports ask."""
    conversation = made(client, "/v1/conversations", {"customer": customer(client)})
    path = f"/v1/conversations/{conversation}"
    for status in ("done", "open", "done"):
        client.put(path, {"status": status})
        client.advance(30)
    found = client.get(path).attributes
    assert (found["firstDone"]["createdAt"], found["lastDone"]["createdAt"]) == (NOW, LATER)
    assert (found["totalOpen"]["time"], found["totalDone"]["time"], found["totalSnooze"]) == (30_000, 30_000, {})


def test_who_ends_a_conversation_is_told(client: PromisedClient) -> None:
    """The caller, unless the body names somebody else."""
    conversation = made(client, "/v1/conversations", {"customer": customer(client)})
    ended = client.put(f"/v1/conversations/{conversation}", {"ended": True})
    me = client.get("/v1/users/current").data["id"]
    assert ended.data["relationships"]["endedBy"]["data"] == {"type": "user", "id": me}
    assert (ended.attributes["endedAt"], ended.attributes["endedByType"]) == (NOW, "user")


@pytest.mark.parametrize("masking", ["stars", "object", "partial"])
def test_a_display_name_that_is_a_masked_address_is_masked_and_another_is_not(shared_api: Api, masking: Style) -> None:
    """A display name follows the name; where an address stands in for one, it must not be given away."""
    with opened(shared_api, WorldSpec(name=f"names-{masking}", masking=masking)) as client:
        assert (
            client.put("/v1/metadata/customer", {"standardProperties": {"emails": {"sensitive": True}}}).status == 200
        )
        named = customer(client, name="Jane Doe", emails=[{"email": "jane.doe@example.com"}])
        nameless = customer(client, emails=[{"email": "somebody@example.com"}])
        bare = seen(client, customer(client))
        assert seen(client, named)["displayName"] == "Jane Doe"
        assert "somebody" not in str(client.get(f"/v1/customers/{nameless}").json)
        assert bare["displayName"] == f"{bare['displayColor']} {bare['displayIcon']}".title()
        client.post(f"/v1/customers/{nameless}/unmasking-windows")
        assert seen(client, nameless)["displayName"] == "somebody@example.com"


def test_a_search_for_a_masked_address_by_the_name_shown_is_no_way_round(shared_api: Api) -> None:
    """Whoever may not read it could otherwise guess it, and the test kit counts it as hidden."""
    with opened(shared_api, WorldSpec(name="guessing")) as client:
        client.put("/v1/metadata/customer", {"standardProperties": {"emails": {"sensitive": True}}})
        assert client.world.masked_paths("customer").covers(("attributes", "displayName"))
        assert client.world.masked_paths("customer").all[-1] == ("displayName",)


def test_what_no_page_gives_a_value_for_is_not_shown(client: PromisedClient) -> None:
    """The reference names these in answers; a made-up value would be taken for a fact."""
    jane = customer(client)
    klass = client.post("/v1/klasses", {"name": "order"}).attributes
    order = client.post(f"/v1/customers/{jane}/klasses/order", {"title": "a"}).attributes
    message = client.post(f"/v1/customers/{jane}/messages", {**MAIL, "preview": "Hello"}).data
    file = client.post("/v1/media", {"name": "a.png", "contentType": "image/png", "contentLength": 1}).attributes
    unknown = {"firstDone", "lastDone", "reopenFromDoneCount", "assignedUser", "klassMixins", "s3DataUrl"}
    assert not unknown & order.keys()
    assert not {"appVersion", "appDisabled"} & klass.keys()
    assert set(message["links"]) == {"self"}
    assert "context" not in file
