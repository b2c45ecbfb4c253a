"""A resource without rules of its own is served by its document alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.documents import parse_document, read_documents
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

DOCUMENT = """
info: {title: Kennels, version: "1"}
x-resource:
  type: kennel
  path: /v1/kennels/{id}
  schema: Kennel
  source: {confidence: assumed}
  relationships: [org, customer]
  hidden: [rev]
  defaults: {size: 1}
  fields:
    name: {type: string, maxLength: 9, create: required, update: true, shown: required}
    size: {type: integer, update: true, shown: required}
    customer: {$ref: ObjectId, x-ref: customer, create: true, update: NullableObjectId}
paths:
  /v1/kennels:
    get: {operationId: GetKennels, summary: List kennels., x-source: assumed, x-roles: [], x-default: list,
      responses: page}
    post: {operationId: CreateKennel, summary: Create a kennel., x-source: assumed, x-roles: [], x-default: create,
      requestBody: KennelCreate, x-example: {name: North}}
  /v1/kennels/{id}:
    get: {operationId: GetKennel, summary: Get a kennel., x-source: assumed, x-roles: [], x-default: get}
    patch: {operationId: PatchKennel, summary: Change a kennel., x-source: assumed, x-roles: [], x-default: update,
      requestBody: KennelUpdate, x-example: {size: 2}, x-example-parameters: {id: 64a0c0ffee0000000000a001}}
"""


@pytest.fixture
def kennels() -> Iterator[WorldClient]:
    """A client of an API that has one more resource."""
    documents = {**read_documents(), "kennels.yaml": parse_document("kennels.yaml", DOCUMENT)}
    with opened(create_api(load(documents)), WorldSpec(name="kennels", scenario="empty")) as client:
        yield client


def test_a_plain_resource_is_created_listed_read_and_changed(kennels: WorldClient) -> None:
    """One document is enough: its defaults serve it."""
    made = kennels.post("/v1/kennels", {"name": "North"}).json["data"]
    path = f"/v1/kennels/{made['id']}"
    changed = kennels.call("PATCH", path, {"size": 4}).json["data"]

    assert (made["attributes"]["name"], made["attributes"]["size"]) == ("North", 1)
    assert (changed["attributes"]["name"], changed["attributes"]["size"]) == ("North", 4)
    assert kennels.get(path).json["data"] == changed
    assert kennels.get("/v1/kennels").json["data"] == [changed]


def test_a_field_that_names_a_record_becomes_a_relationship(kennels: WorldClient) -> None:
    """`x-ref` says of which type the record is; null takes the relationship away."""
    jane = kennels.post("/v1/customers", {"name": "Jane"}).json["data"]["id"]
    made = kennels.post("/v1/kennels", {"name": "North", "customer": jane}).json["data"]
    freed = kennels.call("PATCH", f"/v1/kennels/{made['id']}", {"customer": None}).json["data"]

    assert "customer" not in made["attributes"]
    assert made["relationships"]["customer"]["data"] == {"type": "customer", "id": jane}
    assert "customer" not in freed["relationships"]


def test_a_field_that_names_no_record_is_refused(kennels: WorldClient) -> None:
    """A relationship to nothing could not be followed."""
    refused = kennels.post("/v1/kennels", {"name": "North", "customer": "0" * 24})

    assert (refused.status, refused.places) == (400, ["/customer"])


def test_the_document_is_checked_like_any_other(kennels: WorldClient) -> None:
    """Body, path and method follow from the few lines that were written."""
    wrong = kennels.post("/v1/kennels", {"name": "much too long", "colour": "red"})

    assert wrong.places == ["/name", "/colour"]
    assert kennels.get("/v1/kennels/0").status == 400
    assert kennels.delete("/v1/kennels").status == 405
