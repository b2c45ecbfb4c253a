"""Bulk operations: jobs, batches, and items that are done as the single operations would do them."""

from __future__ import annotations

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.contracts.schemas import flatten
from kustomer_sandbox.simulator.values.record import JSON
from tests.world_client import Answer, WorldClient

BULK = "/v1/customers/bulk"
NOBODY = "f" * 24
MAIL = {"channel": "email", "app": "postmark", "preview": "Hello"}


def batch(client: WorldClient, answer: Answer) -> JSON:
    """The attributes of the one batch of the job that an answer tells of."""
    assert answer.status in (200, 201), answer.json
    [found] = client.get(f"/v1/bulk/{answer.data['id']}/batches").data
    return found["attributes"]


def customers(client: WorldClient, count: int) -> list[str]:
    ids: list[str] = batch(client, client.post(BULK, [{"name": f"C{number}"} for number in range(count)]))["objectIds"]
    return ids


def test_a_job_goes_from_queued_to_complete_before_the_next_call(world_client: WorldClient) -> None:
    """The answer is given before anything is made; whoever asks next finds all of it."""
    answer = world_client.post(BULK, [{"name": "Ann"}])
    assert (answer.attributes["status"], answer.attributes["ids"]) == ("queued", [])

    job = world_client.get(f"/v1/bulk/{answer.data['id']}").attributes

    [made] = world_client.get("/v1/customers").data
    assert (job["status"], job["completed"], job["ids"]) == ("complete", True, [made["id"]])
    assert job["batches"] == {"complete": 1, "total": 1}


def test_every_bulk_operation_does_what_its_single_operation_does(world_client: WorldClient) -> None:
    """One round of each: made, changed and, where there is a way, deleted; also what has a rule of its own."""
    jane = customers(world_client, 1)[0]
    world_client.post("/v1/klasses", {"name": "order"})
    talk = world_client.post("/v1/conversations", {"customer": jane}).data["id"]
    rounds: list[tuple[str, JSON, JSON, str]] = [
        ("/v1/companies", {"name": "Acme"}, {"name": "Acme Ltd"}, "name"),
        ("/v1/conversations", {"customer": jane}, {"status": "done"}, "status"),
        ("/v1/messages", {**MAIL, "conversation": talk}, {"subject": "Hi"}, "subject"),
        ("/v1/klasses/order", {"title": "A"}, {"title": "B"}, "title"),
        ("/v1/customers", {"name": "Ann"}, {"name": "Bea"}, "name"),
    ]
    for path, new, change, name in rounds:
        ids = batch(world_client, world_client.post(f"{path}/bulk", [new, new]))["objectIds"]
        done = batch(world_client, world_client.put(f"{path}/bulk", [{"id": id, **change} for id in ids]))
        assert (len(ids), done["objectIds"], done["failureCount"]) == (2, ids, 0), path
        assert [world_client.get(f"{path}/{id}").attributes[name] for id in ids] == [change[name]] * 2
    for path in ("/v1/klasses/order", "/v1/customers"):
        ids = [record["id"] for record in world_client.get(path).data][-2:]
        gone = batch(world_client, world_client.delete(f"{path}/bulk", query=f"ids={','.join(ids)}"))
        assert (gone["objectIds"], world_client.get(f"{path}/{ids[0]}").status) == (ids, 404)
    assert world_client.get(f"/v1/customers/{jane}").attributes["conversationCounts"]["done"] == 2
    assert world_client.faults() == []


def test_items_may_have_what_the_single_operation_takes(contracts: Contracts) -> None:
    """A field that is added to a single operation is one of the bulk operation's, too."""
    for operation in contracts.operations.values():
        if operation.bulk_of is None or operation.body is None:
            continue
        single = contracts.operations[operation.bulk_of]
        body = contracts.document["components"]["schemas"][operation.body["$ref"].rsplit("/", 1)[1]]
        lists = [body, *(contracts.document["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
                         for part in body.get("anyOf", ()) if "$ref" in part)]  # fmt: skip
        items = next(part["items"] for part in lists if "items" in part)
        item, one = flatten(items, contracts.document), flatten(single.body or {}, contracts.document)
        assert item is not None
        assert one is not None
        # The published items of messages have none of what only an update of one message takes.
        missing = {"spam", "reactions"} if operation.bulk_of == "UpdateMessage" else set()
        assert one.properties.keys() - item.properties.keys() == missing, operation.id


def test_a_body_that_the_schema_does_not_allow_is_refused_as_a_whole(world_client: WorldClient) -> None:
    """Nothing is queued, and the fault is pointed to with its place in the list."""
    answer = world_client.post(BULK, [{"name": "Ann"}, {"name": 1}])

    assert (answer.status, answer.places) == (400, ["/1/name"])
    assert world_client.get("/v1/customers").data == []


def test_errors_tell_the_item_and_repeat_no_value(world_client: WorldClient) -> None:
    """Without references the place in the list is all there is to go by."""
    secret = "+15555550177"
    world_client.post("/v1/customers", {"phones": [{"phone": secret}]})

    done = batch(world_client, world_client.post(BULK, [{}, {"phones": [{"phone": secret}]}, {"company": NOBODY}]))

    assert [(error["index"], error["status"]) for error in done["errors"]] == [(1, 409), (2, 400)]
    assert done["errors"][0]["detail"] == "duplicate detected"
    assert secret not in str(done)


def test_a_refused_item_leaves_nothing_behind(world_client: WorldClient) -> None:
    """A message of nobody's conversation makes none, and a tag of a refused customer is not made either."""
    rows = [{"tags": ["Fresh"], "company": NOBODY}, {"name": "Ann"}]

    done = batch(world_client, world_client.post(BULK, rows))

    assert (done["successCount"], done["failureCount"]) == (1, 1)
    assert world_client.get("/v1/tags").data == []


def test_there_are_results_only_with_references(world_client: WorldClient) -> None:
    """As published; they stand in the order of the items."""
    plain = batch(world_client, world_client.post(BULK, [{"name": "Ann"}]))
    [id] = plain["objectIds"]
    told = batch(
        world_client, world_client.put(BULK, [{"id": id, "_clientRef": "b"}, {"id": NOBODY, "_clientRef": "a"}])
    )

    assert "results" not in plain
    assert told["results"][0] == {"_clientRef": "b", "status": "updated"}
    assert (told["results"][1]["_clientRef"], told["results"][1]["status"]) == ("a", "error")


@pytest.mark.parametrize(
    ("body", "query", "status", "place"),
    [
        ([{"locale": "de"}], "", 400, "/0/id"),
        ({"locale": "de"}, "", 400, "/"),
        ([{"locale": "de"}, {"locale": "fr"}], "ids={one},{two}", 400, "/"),
        ([{"locale": "de"}], "ids={one},{two}", 201, None),
        ({"locale": "de"}, "ids=jane", 400, "ids"),
    ],
)
def test_ids_name_the_records_of_one_change(
    world_client: WorldClient, body: JSON, query: str, status: int, place: str | None
) -> None:
    """Either each item names its record or ids name them all; a list of one is as good as the change itself."""
    one, two = customers(world_client, 2)

    answer = world_client.put(BULK, body, query=query.format(one=one, two=two))

    assert answer.status == status
    assert place is None or answer.places == [place]


def test_a_bulk_call_costs_one_request_and_no_budget_of_its_customers(world_client: WorldClient) -> None:
    """A hundred conversations of one customer, twice within a minute, though 120 single ones are the limit."""
    [jane] = customers(world_client, 1)
    rows = [{"customer": jane}] * 100
    left = [int(world_client.post("/v1/conversations/bulk", rows).headers["x-ratelimit-remaining"]) for _ in range(2)]
    assert left[0] - left[1] == 1
    assert world_client.get(f"/v1/customers/{jane}").attributes["conversationCounts"]["open"] == 200


def test_items_are_done_in_the_callers_name(world_client: WorldClient) -> None:
    """What is made shows the key's machine user, also to who reads the journal."""
    me = world_client.get("/v1/users/current").data["id"]
    id = customers(world_client, 1)[0]
    assert world_client.get(f"/v1/customers/{id}").data["relationships"]["createdBy"]["data"]["id"] == me


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_bulk_operation_of_an_unknown_klass_is_not_found(world_client: WorldClient, method: str) -> None:
    """As the single operation says; no job is queued for it."""
    body: JSON = None if method == "DELETE" else [{"title": "A", "id": NOBODY} if method == "PUT" else {"title": "A"}]
    query = f"ids={NOBODY}" if method == "DELETE" else ""
    assert world_client.call(method, "/v1/klasses/nothing/bulk", body, query=query).status == 404


def test_no_mask_is_written_back_in_bulk(world_client: WorldClient) -> None:
    """What is refused one by one is refused together, by item and by ids alike."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"name": {"sensitive": True}}})
    one, two = customers(world_client, 2)

    by_item = world_client.put(BULK, [{"id": one, "locale": "de"}, {"id": two, "name": "***"}])
    by_ids = world_client.put(BULK, {"name": "***"}, query=f"ids={one},{two}")

    assert (by_item.status, by_item.places) == (400, ["/1/name"])
    assert (by_ids.status, by_ids.places) == (400, ["/name"])


def test_what_was_sent_is_repeated_to_the_sender_alone(world_client: WorldClient) -> None:
    """Who may read jobs need not be allowed to read values; once the job is done they are not kept with it either."""
    secret = "+15555550178"
    answer = world_client.post(BULK, [{"phones": [{"phone": secret}]}])
    assert answer.attributes["payload"]["api"]["data"] == [{"phones": [{"phone": secret}]}]
    key = world_client.new_key("org.user.bulk.read")

    job = world_client.get(f"/v1/bulk/{answer.data['id']}", key=key)
    batches = world_client.get(f"/v1/bulk/{answer.data['id']}/batches", key=key)

    assert (job.status, batches.status) == (200, 200)
    assert secret not in str(job.json) + str(batches.json)
    stored = world_client.world.records.get("bulk", answer.data["id"])
    assert secret not in str(stored)


def test_a_bulk_operation_asks_for_the_role_of_its_single_operation(contracts: Contracts) -> None:
    """Whoever may not change one record may not change a hundred."""
    for operation in contracts.operations.values():
        if operation.bulk_of is not None:
            assert operation.roles == contracts.operations[operation.bulk_of].roles, operation.id
