"""What deletion leaves of a record: nothing but what a search with `includeDeleted` finds."""

from __future__ import annotations

import pytest

from tests.world_client import WorldClient

SEARCH = "/v1/customers/search"
EMAILS = {"emails": [{"email": "jane@example.com"}]}


def test_what_is_deleted_frees_its_unique_values_and_leaves_every_list(world_client: WorldClient) -> None:
    """A new customer may take the address of a deleted one; lists, totals and look-ups know the living alone."""
    old = world_client.post("/v1/customers", EMAILS).data["id"]
    world_client.delete(f"/v1/customers/{old}")
    new = world_client.post("/v1/customers", EMAILS).data["id"]

    page = world_client.get("/v1/customers")
    assert ([entry["id"] for entry in page.data], page.json["meta"]["total"]) == ([new], 1)
    assert world_client.get("/v1/customers/email=jane%40example.com").data["id"] == new
    assert world_client.put(f"/v1/customers/{old}", {"name": "Jane"}).status == 404
    assert world_client.delete(f"/v1/customers/{old}").status == 404
    found = world_client.post(SEARCH, {"queryContext": "customer", "includeDeleted": True}).data
    assert {entry["id"]: entry["attributes"]["deleted"] for entry in found} == {old: True, new: False}


@pytest.mark.parametrize("context", ["kobject", "kobject_parcel"])
def test_a_deleted_object_is_found_by_type_and_by_klass(world_client: WorldClient, context: str) -> None:
    """The Klass narrows a search by an index, in which no tombstone stands; it does not keep the Klass alive either."""
    klass = world_client.post("/v1/klasses", {"name": "parcel"}).data["id"]
    gone = world_client.post("/v1/klasses/parcel", {"title": "Parcel", "externalId": "7"}).data["id"]
    world_client.delete(f"/v1/klasses/parcel/{gone}")
    body = {"queryContext": context}

    assert world_client.get("/v1/klasses/parcel").data == world_client.post(SEARCH, body).data == []
    (found,) = world_client.post(SEARCH, {**body, "includeDeleted": True}).data
    assert (found["id"], found["attributes"]["deleted"]) == (gone, True)
    assert world_client.post("/v1/klasses/parcel", {"title": "Parcel", "externalId": "7"}).status == 201
    assert world_client.delete(f"/v1/klasses/{klass}").status == 409


def test_notes_are_neither_masked_nor_opened_by_a_window(world_client: WorldClient) -> None:
    """The page of windows names customers, conversations, messages and custom objects; notes are the team's own."""
    for kind, names in (("customer", ("name", "emails")), ("message", ("preview", "subject"))):
        flags = {"standardProperties": {name: {"sensitive": True} for name in names}}
        assert world_client.put(f"/v1/metadata/{kind}", flags).status == 200
    jane = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    talk = world_client.post("/v1/conversations", {"customer": jane}).data["id"]
    note = {"channel": "note", "body": "Call Jane", "conversation": talk, "sendAt": "now", "scheduled": True}
    assert world_client.post(f"/v1/customers/{jane}/drafts", note).status == 200

    def bodies() -> list[str]:
        found = world_client.post(SEARCH, {"queryContext": "note"}).data
        return [entry["attributes"]["body"] for entry in found]

    before = bodies()
    world_client.post(f"/v1/customers/{jane}/unmasking-windows")
    assert before == bodies() == ["Call Jane"]
