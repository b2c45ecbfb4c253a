"""The recorded shapes, held against the simulator's answers: the same keys of the same types, but for those named."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kustomer_sandbox.contracts.suite.recordings import Recording, departures, recordings
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.record import JSON, Record
from tests.world_client import WorldClient, opened

RECORDINGS = recordings()
_NEEDED = "The vendor's schema of one customer needs it; a conversation or message shows it filled."
_BARE = {
    "attributes.presence": "The vendor's schema of one customer needs it.",
    "attributes.lastMessageIn": _NEEDED,
    "attributes.lastMessageOut": "Listed by AWS Glue, empty at first.",
    "attributes.lastMessageUnrespondedTo": "Listed by AWS Glue, empty at first.",
    "attributes.smoochIds": "Listed by AWS Glue, empty at first.",
}
_ID = "The vendor's schema needs the empty id of an entry."
EXCEPTIONS: dict[str, dict[str, str]] = {
    "customer-new": {**_BARE, "attributes.sentiment": "Listed by AWS Glue, empty at first."},
    "customer-changed": {
        **_BARE,
        **{
            f"attributes.{name}.*.id": _ID
            for name in ("externalIds", "sharedExternalIds", "emails", "sharedEmails", "phones", "sharedPhones",
                         "whatsapps", "urls")
        },
        "attributes.urls.*.verified": "Every entry is shown with it here, as contact points are.",
    },
    "conversation-new": {
        "attributes.sentiment": "The vendor's example of a new conversation shows it.",
        "attributes.totalOpen": "Listed by AWS Glue, empty at first.",
        "attributes.totalSnooze": "Listed by AWS Glue, empty at first.",
        "attributes.totalDone": "Listed by AWS Glue, empty at first.",
        "relationships.brand": "Brands have no endpoints yet, so none can be named.",
    },
    "message-undelivered": {
        "attributes.meta.to.*.name": "The draft gave it.",
    },
}  # fmt: skip
"""By recording, the keys that differ and why. A key that differs no more must go from here."""
_LISTED = [{"externalId": "s-1"}], [{"type": "home", "email": "family@example.com"}]
GIVEN: JSON = {
    "name": "Jane Doe", "externalId": "e-1", "sharedExternalIds": _LISTED[0], "avatarUrl": "https://example.com/a.png",
    "username": "jane", "emails": [{"type": "home", "email": "jane@example.com"}], "sharedEmails": _LISTED[1],
    "phones": [{"type": "mobile", "phone": "+15555550100"}],
    "sharedPhones": [{"type": "home", "phone": "+15555550101"}],
    "whatsapps": [{"type": "mobile", "phone": "+15555550102"}], "urls": [{"type": "website", "url": "https://x.example"}],
    "locale": None, "birthdayAt": "2001-12-12T12:12:12.000Z", "gender": "f", "tags": ["vip"], "defaultLang": "af",
    "sentiment": {"polarity": -1, "confidence": -1},
}  # fmt: skip


@pytest.fixture
def demo(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name=request.node.nodeid, scenario="demo", plan="ultimate")) as client:
        yield client


def made(client: WorldClient, path: str, body: JSON) -> JSON:
    answer = client.post(path, body)
    assert answer.status in (200, 201), answer.json
    return answer.data


def customer_new(client: WorldClient) -> JSON:
    return made(client, "/v1/customers", {})


def customer_changed(client: WorldClient) -> JSON:
    id, company = customer_new(client)["id"], made(client, "/v1/companies", {"name": "Acme"})["id"]
    return client.put(f"/v1/customers/{id}", {**GIVEN, "company": company}).data


def conversation_new(client: WorldClient) -> JSON:
    one = {kind: [client.get(f"/v1/{kind}").data[0]["id"]] for kind in ("users", "teams", "routing/queues")}
    facts = {"externalId": "c-1", "name": "Case", "priority": 5, "defaultLang": "en_us", "tags": ["vip"]}
    whom = {"assignedUsers": one["users"], "assignedTeams": one["teams"], "queue": {"id": one["routing/queues"][0]}}
    return made(client, "/v1/conversations", {"customer": customer_new(client)["id"], **facts, **whom})


def message_undelivered(client: WorldClient) -> JSON:
    conversation = conversation_new(client)
    customer = conversation["relationships"]["customer"]["data"]["id"]
    mail = {"channel": "email", "to": {"email": "x@y.invalid", "name": "X"}, "from": {"email": "support@example.com"}}
    now = {"sendAt": "now", "scheduled": True, "body": "Hello", "conversation": conversation["id"]}
    made(client, f"/v1/customers/{customer}/drafts", {**mail, **now})
    return client.get(f"/v1/conversations/{conversation['id']}/messages").data[0]


def kobject_new(client: WorldClient) -> JSON:
    return made(client, f"/v1/customers/{customer_new(client)['id']}/klasses/order", {"title": "One"})


def customer_with_object(client: WorldClient) -> JSON:
    return client.get(kobject_new(client)["relationships"]["customer"]["links"]["self"]).data


def shown(kind: str, which: Callable[[Record], object]) -> Callable[[WorldClient], JSON]:
    """The first record of a list of the demo world that is meant."""
    return lambda client: next(record for record in client.get(f"/v1/{kind}").data if which(record["attributes"]))


def redaction(client: WorldClient) -> JSON:
    conversation = conversation_new(client)
    facts = {"channel": "email", "app": "postmark", "preview": "Hello", "attachments": ["a" * 24, "b" * 24]}
    message = made(client, f"/v1/conversations/{conversation['id']}/messages", facts)
    gone = {"preview": "", "attachments": ["a" * 24, "b" * 24]}
    redacted = made(client, f"/v1/messages/{message['id']}/redactions", gone)
    assert len(redacted["relationships"]["attachments"]) == 2
    return redacted


MADE: dict[str, Callable[[WorldClient], JSON]] = {
    "customer-new": customer_new,
    "customer-changed": customer_changed,
    "conversation-new": conversation_new,
    "message-undelivered": message_undelivered,
    "kobject-new": kobject_new,
    "customer-with-object": customer_with_object,
    "customer-documented": lambda client: client.get("/v1/customers/email=jane.doe@example.com").data,
    "redaction-documented": redaction,
    "user": shown("users", lambda facts: facts["mostRecentLoginAt"]),
    "tag-deleted": shown("tags", lambda facts: facts["deleted"]),
    "team-deleted": lambda client: client.get("/v1/teams", "deleted=true").data[0],
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_record_has_the_keys_and_types_that_were_recorded(name: str, demo: WorldClient) -> None:
    """Clients are written against what the real API answers; each difference is known and has a reason."""
    assert departures(RECORDINGS[name], MADE[name](demo)).keys() == EXCEPTIONS.get(name, {}).keys()


def test_every_recording_says_where_it_comes_from_and_holds_no_values() -> None:
    """Shapes alone: a value would be somebody's."""
    assert RECORDINGS.keys() == MADE.keys()
    for recording in RECORDINGS.values():
        assert recording.source["pages"]
        assert set(words(recording.attributes)) | set(words(recording.relationships)) <= {
            "string", "number", "boolean", "null",
        }  # fmt: skip


def words(shape: JSON) -> list[str]:
    """The words at the leaves of a shape."""
    inner = shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else None
    return [shape] if inner is None else [word for part in inner for word in words(part)]


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"name": "x", "list": [{"a": 1}], "none": None}, {}),
        ({"name": 1, "list": [{"a": 1}], "none": None}, {"attributes.name": "is number, was string"}),
        ({"name": "x", "list": [{"a": "1"}], "none": None}, {"attributes.list.*.a": "is string, was number"}),
        ({"name": "x", "list": [{}]}, {"attributes.list.*.a": "lacks", "attributes.none": "lacks"}),
        ({"name": "x", "list": [], "none": None, "more": True}, {"attributes.more": "was not there"}),
    ],
)
def test_a_departure_is_told_by_its_path(attributes: JSON, found: dict[str, str]) -> None:
    """A comparison that says nothing of a planted difference would say nothing of a real one."""
    shape = {"name": "string", "list": [{"a": "number"}], "none": "null"}
    recording = Recording(what="", source={}, whole=True, type="x", attributes=shape, relationships={})
    assert departures(recording, {"attributes": attributes}) == found
    partial = Recording(what="", source={}, whole=False, type="x", attributes=shape, relationships={})
    lacking = {path: why for path, why in found.items() if why != "was not there"}
    assert departures(partial, {"attributes": attributes}) == lacking
