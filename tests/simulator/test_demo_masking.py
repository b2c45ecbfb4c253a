"""No sensitive value of the demo world reaches a key that may not read it, by any operation that reads."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from tests.contracts.seeded import REFUSED
from tests.world_client import WorldClient

LISTED = ("phones", "sharedPhones", "whatsapps")


@pytest.fixture
def demo(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    world = shared_api.worlds.create(WorldSpec(name=request.node.nodeid, scenario="demo", plan="ultimate"))
    yield WorldClient(shared_api, world, issue_key(shared_api.worlds, world)[0])
    shared_api.worlds.drop(world.name)


def ask(demo: WorldClient, path: str, query: str = "", *, key: str = "") -> tuple[int, bytes]:
    """A GET as bytes. Time moves on so that the organisation's requests per minute never run out."""
    demo.advance(0.04)
    headers = {"authorization": f"Bearer {key or demo.key}"}
    reply = demo.api.handle(Request(method="GET", path=path, query=query, headers=headers, body=b""))
    return reply.status, reply.body


def canaries(demo: WorldClient) -> set[str]:
    """Every value that is marked sensitive, read with a key that may."""
    key = demo.new_key("org", read_sensitive=True)
    found: set[str] = set()
    for record in demo.get("/v1/customers", "pageSize=100", key=key).data:
        facts = record["attributes"]
        found |= {item["phone"] for name in LISTED for item in facts[name]}
        found |= {facts["custom"]["ssnStr"]} if "ssnStr" in facts["custom"] else set()
    for record in demo.get("/v1/klasses/shipment", "pageSize=100", key=key).data:
        found |= {record["attributes"]["custom"].get("recipientPhoneStr", "")} - {""}
    return found


def reads(demo: WorldClient) -> list[str]:
    """Every path that can be read without knowing a sensitive value: each operation with each record it may name."""
    world = demo.world
    ids = {
        f"/v1/{place}": [record["id"] for record in world.records.find(kind) if not record.get("deleted")]
        for place, kind in (
            ("customers", "customer"), ("conversations", "conversation"), ("messages", "message"), ("users", "user"),
            ("teams", "team"), ("drafts", "draft"), ("routing/queues", "queue"),
        )
    }  # fmt: skip
    operations = [
        o
        for o in demo.api.contracts.operations.values()
        if o.method == "GET" and o.alias_of is None and o.id not in REFUSED
    ]
    return [path for operation in operations for path in filled(operation, ids)] + klass_paths(demo)


def filled(operation: Operation, ids: dict[str, list[str]]) -> list[str]:
    """The operation's paths: as it is, or with each id that stands in its first place."""
    if "{" not in operation.path:
        return [operation.path]
    before, _, rest = operation.path.partition("/{id}")
    return [] if "{" in rest else [f"{before}/{id}{rest}" for id in ids.get(before, [])]


def klass_paths(demo: WorldClient) -> list[str]:
    """Custom objects and metadata, which are named by Klass; customers by their readable addresses."""
    records = demo.world.records
    customers = [record for record in records.find("customer") if not record.get("deleted")]
    return [
        *(f"/v1/metadata/{name}" for name in ("customer", "conversation", "message", "kobject.shipment")),
        *(f"/v1/klasses/{record['klass']}" for record in records.find("klass")),
        *(f"/v1/klasses/{record['klass']}/{record['id']}" for record in records.find("kobject")),
        *(f"/v1/customers/{record['id']}/klasses/shipment" for record in customers),
        *(
            f"/v1/customers/email={quote(item['email'])}"
            for record in customers
            for item in record["attributes"]["emails"]
        ),
    ]


def test_no_read_gives_a_sensitive_value_away(demo: WorldClient) -> None:
    """Lists, single records, previews, subjects, drafts and custom objects are all read; one leak is one too many."""
    secrets = [value.encode() for value in canaries(demo)]
    paths = reads(demo)
    assert len(secrets) > 60
    assert len(paths) > 1000
    for path in paths:
        status, body = ask(demo, path)
        assert status == 200, path
        assert [path for value in secrets if value in body] == []


def test_no_search_gives_a_sensitive_value_away(demo: WorldClient) -> None:
    """A search may match on what its caller must not see, but never shows it."""
    secrets = canaries(demo)
    for context in ("customer", "conversation", "message", "kobject"):
        for number in range(1, 6):
            answer = demo.post("/v1/customers/search", {"queryContext": context}, query=f"page={number}&pageSize=100")
            assert answer.status == 200
            text = str(answer.json)
            assert [context for value in secrets if value in text] == []


def test_the_values_are_there_for_a_key_that_may_read_them(demo: WorldClient) -> None:
    """The two tests above would pass in an empty world: the values do show where the right is held."""
    secrets = canaries(demo)
    key = demo.new_key("org", read_sensitive=True)
    bodies = b"".join(
        ask(demo, path, f"pageSize=100&page={page}", key=key)[1]
        for path in ("/v1/customers", "/v1/messages", "/v1/klasses/shipment")
        for page in range(1, 7)
    )
    assert [value for value in secrets if value.encode() not in bodies] == []
    assert bodies.count(b'"***"') == 0
