"""The worked examples: each operation called as it is prefilled at `/docs`, in a demo world of its own."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.contracts.build.examples import RecordName, filled, record_name
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.documentation.demo_records import finder
from kustomer_sandbox.simulator.documentation.document import api_document
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import opened

CONTRACTS = load()
WITHOUT_EXAMPLE = {"GetAuthTokenById", "DeleteAuthTokenById", "GetAllCustomerEvents", "GetChatSessions", "CreateToken"}
"""The id of a key's token follows from the key, so no document can hold it; the third refuses every call, the fourth
one that gives neither of two parameters; and nobody in the demo has a password, which would be known to all."""
PREFILLED = [
    (operation.id, kind)
    for operation in CONTRACTS.operations.values()
    if operation.id not in WITHOUT_EXAMPLE
    for kind in operation.bodies or ("",)
]


@pytest.fixture(scope="module")
def api(contracts: Contracts) -> Api:
    """A simulator without worlds: examples are about the demo world then."""
    return create_api(contracts)


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    """The document as it is served."""
    return api_document(api)


def prefilled(document: dict[str, Any], id: str, kind: str) -> tuple[str, str, str, Any]:
    """Method, path, query and body of an operation as the page fills them in."""
    operation = CONTRACTS.operations[id]
    entry = document["paths"][operation.path][operation.method.lower()]
    path, query = operation.path, ""
    for parameter in entry.get("parameters", ()):
        if parameter.get("required"):
            name, value = parameter["name"], quote(str(parameter["example"]), safe="")
            query += "" if parameter["in"] == "path" else f"{name}={value}"
            path = path.replace(f"{{{name}}}", value)
    return operation.method, path, query, shown(entry["requestBody"]["content"][kind]) if kind else None


def shown(media: dict[str, Any]) -> Any:
    """The one example of a body; an empty one stands under a name, since programs would take it for none."""
    example = media.get("example")
    if example is None:
        (named,) = media["examples"].values()
        assert named["value"] == {}
        return named["value"]
    assert example
    return example


@pytest.mark.parametrize(("id", "kind"), PREFILLED, ids=[f"{id} {kind}".strip() for id, kind in PREFILLED])
def test_an_operation_as_it_is_prefilled_succeeds(api: Api, document: dict[str, Any], id: str, kind: str) -> None:
    """Who opens the page and presses Execute sees the API work. If this fails, mend `x-example` of the operation."""
    method, path, query, body = prefilled(document, id, kind)
    with opened(api, WorldSpec(name="tried", scenario="demo")) as client:
        answer = client.call(method, path, body, query=query)

    assert answer.status == CONTRACTS.operations[id].success, answer.json


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    """The page shows the description; what the contract knows of roles, limits and tools is in it."""
    post = document["paths"]["/v1/customers/{id}/drafts/sms"]["post"]["description"]

    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert [one["operationId"] for one in operations if "**Roles:**" not in one["description"]] == []
    assert "**Limit:** 120 in 60 seconds for each caller and customer." in post
    assert "**Another way to:** `CreateDraftByCustomer`." in post


def test_no_name_of_a_record_is_left_in_the_document(document: dict[str, Any]) -> None:
    """`@customer` is our way of writing; a client would send it."""
    for item in document["paths"].values():
        for operation in item.values():
            bodies = operation.get("requestBody", {}).get("content", {}).values()
            given = [shown(media) for media in bodies] + [p.get("example") for p in operation.get("parameters", ())]
            assert [value for value in given if '"@' in json.dumps(value)] == []


def test_examples_are_about_the_world_that_is_served(contracts: Contracts) -> None:
    """Another seed has other ids, and what users did since changes no example."""
    api = create_api(contracts)
    with opened(api, WorldSpec(name="mine", scenario="demo", seed="other")) as client:
        jane = client.get("/v1/customers/email=jane.doe@example.com").json["data"]["id"]
        client.delete(f"/v1/customers/{jane}")

        assert finder(api.worlds)(RecordName("customer")) == jane


def test_a_world_without_such_records_borrows_those_of_the_demo(contracts: Contracts) -> None:
    """The page of an empty world still shows what a body looks like."""
    api = create_api(contracts)
    with opened(api, WorldSpec(name="mine")):
        assert finder(api.worlds)(RecordName("customer")) == finder(create_api(contracts).worlds)(
            RecordName("customer")
        )


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("@customer", RecordName("customer")),
        ("@team:Billing", RecordName("team", text="Billing")),
        ("@team.members.0:Tier 1 Support", RecordName("team", ("members", "0"), "Tier 1 Support")),
        ("jane@example.com", None),
        ("@", None),
        (7, None),
    ],
)
def test_a_record_is_named_by_type_value_and_way(written: object, name: RecordName | None) -> None:
    """Whatever else begins with @ stays as it is."""
    assert record_name(written) == name


def test_names_are_replaced_at_any_depth() -> None:
    """Searches and lists hold ids far inside."""
    assert filled({"a": [{"b": "@tag"}], "c": 1}, lambda name: name.type) == {"a": [{"b": "tag"}], "c": 1}
