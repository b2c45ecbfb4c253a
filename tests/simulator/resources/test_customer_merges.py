"""Merges of customers: what the one that is kept has afterwards, what became of the other, and what stays masked."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import WorldClient, opened

MERGES = "/v1/customers/merges"
MAIL = {"channel": "email", "app": "postmark", "preview": "Hello"}


def customer(client: WorldClient, **fields: JSON) -> str:
    answer = client.post("/v1/customers", fields)
    assert answer.status == 201, answer.json
    return str(answer.data["id"])


def merge(client: WorldClient, source: str, target: str) -> JSON:
    answer = client.post(MERGES, {"source": source, "target": target})
    assert answer.status == 201, answer.json
    return client.get(f"/v1/customers/{target}").data


def test_everything_on_the_timeline_moves(world_client: WorldClient) -> None:
    """Conversations, messages, drafts, custom objects and redactions, with the counts and marks made of them."""
    gone, kept = customer(world_client, name="J"), customer(world_client, name="Jane")
    world_client.post("/v1/klasses", {"name": "order"})
    talk = world_client.post("/v1/conversations", {"customer": gone}).data["id"]
    message = world_client.post(f"/v1/conversations/{talk}/messages", MAIL).data["id"]
    redaction = world_client.post(f"/v1/messages/{message}/redactions", {"preview": "Gone"}).data
    draft = world_client.post(f"/v1/customers/{gone}/drafts", {"channel": "chat", "body": "B"}).data["id"]
    thing = world_client.post("/v1/klasses/order", {"title": "A", "customer": gone}).data["id"]

    merged = merge(world_client, gone, kept)

    lists = ("conversations", "messages", "drafts", "klasses/order")
    shown = [[record["id"] for record in world_client.get(f"/v1/customers/{kept}/{name}").data] for name in lists]
    assert shown == [[talk], [message], [draft], [thing]]
    stored = world_client.world.records.get("message_redaction", redaction["id"])
    assert stored is not None
    assert stored["relationships"]["customer"]["id"] == kept
    assert merged["attributes"]["conversationCounts"]["open"] == 1
    assert merged["attributes"]["lastConversation"]["id"] == talk
    assert merged["attributes"]["preview"]["text"] == "Gone"
    assert [item["id"] for item in merged["attributes"]["recentItems"]] == [thing]
    assert merged["relationships"]["orders"]["meta"] == {"kobject": True}


def test_a_merged_customer_has_the_oldest_creation_and_the_latest_activity(world_client: WorldClient) -> None:
    """As the vendor's page lists them; the creator goes with the creation."""
    early, late = "2020-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"
    gone = customer(world_client, createdAt=early, lastSeenAt=early, signedUpAt=late)
    kept = customer(world_client, createdAt=late, lastSeenAt=late, signedUpAt=early)

    attributes = merge(world_client, gone, kept)["attributes"]

    assert [attributes[name] for name in ("createdAt", "lastSeenAt", "signedUpAt")] == [early, late, late]


def test_the_company_of_the_target_stays_and_that_of_the_source_fills_a_gap(world_client: WorldClient) -> None:
    """Target wins; a target without a company takes the source's."""
    one, two = (world_client.post("/v1/companies", {"name": name}).data["id"] for name in ("One", "Two"))
    gone, kept, bare = customer(world_client, company=one), customer(world_client, company=two), customer(world_client)
    assert merge(world_client, gone, kept)["attributes"]["companyName"] == "Two"
    filled = merge(world_client, kept, bare)
    assert (filled["relationships"]["company"]["data"]["id"], filled["attributes"]["companyName"]) == (two, "Two")


def test_what_found_the_source_finds_the_target(world_client: WorldClient) -> None:
    """Its address, number and external id; nobody else can be given them."""
    gone = customer(world_client, emails=[{"email": "a@b.example"}], phones=[{"phone": "+15555550171"}], externalId="X")
    kept = customer(world_client, externalId="Y")

    assert merge(world_client, gone, kept)["attributes"]["externalId"] == "Y"

    for value in ("email=a%40b.example", "phone=%2B15555550171", "externalId=X", "externalId=Y"):
        assert world_client.get(f"/v1/customers/{value}").data["id"] == kept
    assert world_client.post("/v1/customers", {"externalId": "X"}).status == 409


def test_the_source_is_a_deleted_record(world_client: WorldClient) -> None:
    """Only a search for deleted records finds it; nothing can be done with it, not even another merge."""
    gone, kept = customer(world_client, name="Twice"), customer(world_client)
    merge(world_client, gone, kept)
    body = {"queryContext": "customer", "and": [{"customer_name": {"equals": "Twice"}}]}
    for deleted, ids in ((False, [kept]), (True, [gone, kept])):
        found = world_client.post("/v1/customers/search", {**body, "includeDeleted": deleted}).data
        assert sorted(record["id"] for record in found) == ids
    assert world_client.put(f"/v1/customers/{gone}", {"name": "A"}).status == 404
    again = world_client.post(MERGES, {"source": gone, "target": kept})
    assert (again.status, again.places) == (400, ["/source"])


@pytest.mark.parametrize("opened_for", ["source", "target", "both"])
def test_a_merge_masks_what_either_window_showed(world_client: WorldClient, opened_for: str) -> None:
    """Fail safe: values of two persons are not shown by a window that was opened for one."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    gone = customer(world_client, phones=[{"phone": "+15555550172"}])
    kept = customer(world_client, phones=[{"phone": "+15555550173"}])
    for side, id in (("source", gone), ("target", kept)):
        if opened_for in (side, "both"):
            world_client.post(f"/v1/customers/{id}/unmasking-windows")

    merged = merge(world_client, gone, kept)

    assert [entry["phone"] for entry in merged["attributes"]["phones"]] == ["***", "***"]
    for id in (gone, kept):
        window = world_client.world.unmasking_window(id, world_client.world.clock.now())
        assert window is None or not window.is_open
    world_client.advance(90_000)
    assert world_client.faults() == []


def test_a_merge_of_somebody_unknown_has_no_list(world_client: WorldClient) -> None:
    """A customer that never was is not found; one that was never merged has an empty list."""
    assert world_client.get(f"/v1/customers/{'f' * 24}/merges").status == 404
    assert world_client.get(f"/v1/customers/{customer(world_client)}/merges").data == []


@dataclass
class Person:
    """What the model knows of a customer: its company, its addresses in order, how many conversations."""

    company: int | None = None
    mails: list[str] = field(default_factory=list)
    talks: int = 0


STEPS = st.lists(
    st.tuples(st.sampled_from(["mail", "talk", "employ", "merge"]), st.integers(0, 3), st.integers(0, 3)), max_size=14
)


@given(steps=STEPS)
@settings(suppress_health_check=list(HealthCheck))
def test_a_merge_agrees_with_a_short_model(shared_api: Api, steps: list[tuple[str, int, int]]) -> None:
    """Four customers and two companies, written, talked to, employed and merged in any order; addresses are unique."""
    with opened(shared_api, WorldSpec(name="merges")) as client:
        companies = [client.post("/v1/companies", {"name": f"Co {number}"}).data["id"] for number in range(2)]
        ids = [customer(client) for _ in range(4)]
        people: dict[int, Person] = {number: Person() for number in range(4)}
        for act, one, other in steps:
            client.advance(61)
            play(client, people, ids, companies, act, one, other)
        for number, id in enumerate(ids):
            answer = client.get(f"/v1/customers/{id}")
            assert (answer.status == 200) is (number in people)
            if number in people:
                assert told(answer.data, companies) == people[number]


def play(
    client: WorldClient, people: dict[int, Person], ids: list[str], companies: list[str], act: str, one: int, other: int
) -> None:
    """One step in the API and in the model; what the model does not allow must be refused."""
    path, person = f"/v1/customers/{ids[one]}", people.get(one)
    if act == "merge":
        answer = client.post(MERGES, {"source": ids[one], "target": ids[other]})
        if person is None or other not in people or one == other:
            assert answer.status == 400
            return
        assert answer.status == 201
        kept = people[other]
        kept.mails += [mail for mail in person.mails if mail not in kept.mails]
        kept.talks += person.talks
        kept.company = person.company if kept.company is None else kept.company
        del people[one]
        return
    if act == "talk":
        status = client.post("/v1/conversations", {"customer": ids[one]}).status
        assert status == (201 if person else 400)
        if person:
            person.talks += 1
        return
    company = other % 2 if act == "employ" else person.company if person else None
    mails = person.mails if person and act == "employ" else [f"m{other}@example.com"]
    linked = {} if company is None else {"company": companies[company]}
    answer = client.put(path, {"emails": [{"email": mail} for mail in mails], **linked})
    taken = any(mail in held.mails for number, held in people.items() if number != one for mail in mails)
    assert answer.status == (404 if person is None else 409 if taken else 200)
    if person and not taken:
        person.mails, person.company = list(mails), company


def told(record: JSON, companies: list[str]) -> Person:
    """What a record says of what the model knows."""
    company = record["relationships"].get("company", {}).get("data", {}).get("id")
    return Person(
        company=companies.index(company) if company else None,
        mails=[entry["email"] for entry in record["attributes"]["emails"]],
        talks=record["attributes"]["conversationCounts"]["all"],
    )
