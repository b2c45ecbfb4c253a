"""What an operation declares: media types, paging, fields with a meaning, windows, whom it is about."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from kustomer_sandbox.contracts import ContractError, Contracts, load, openapi
from kustomer_sandbox.contracts.documents import parse_document, read_documents
from kustomer_sandbox.contracts.model import BodyField
from kustomer_sandbox.simulator.operations.registry import BindingError, Registered
from kustomer_sandbox.simulator.resources.collect import bind

SOURCE = {"confidence": "assumed"}
UPLOAD = {"multipart/form-data": {"properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}}
THINGS: dict[str, Any] = {
    "info": {"title": "Things", "version": "1"},
    "x-resource": {"type": "thing", "path": "/v1/things/{id}", "schema": "Thing", "source": SOURCE, "fields": {}},
    "paths": {
        "/v1/things": {
            "post": {
                "operationId": "CreateThing",
                "summary": "Create a thing.",
                "x-source": SOURCE,
                "x-roles": [],
                "x-default": "create",
                "requestBody": "ThingBody",
                "x-example": {},
            }
        }
    },
    "components": {"schemas": {"ThingBody": {"properties": {"name": "string"}}}},
}
TOOL = {"name": "create_a_kustomer_thing", "title": "Create", "tags": ["t"], "description": "Create.", "source": SOURCE}


def loaded(**changes: Any) -> Contracts:
    """The shipped documents and one more, with its only operation changed."""
    document = copy.deepcopy(THINGS)
    entry = document["paths"]["/v1/things"]["post"] | changes
    document["paths"]["/v1/things"]["post"] = {key: value for key, value in entry.items() if value is not None}
    if "ThingBody" not in json.dumps(entry["requestBody"]):
        del document["components"]
    return load({**read_documents(), "things.yaml": parse_document("things.yaml", json.dumps(document))})


def fields(properties: dict[str, Any]) -> dict[str, BodyField]:
    """What the fields of a body mean."""
    found = loaded(requestBody={"schema": {"properties": properties}}).operations["CreateThing"].fields
    return dict(found)


def served(**changes: Any) -> None:
    """Ask the simulator to serve that one operation."""
    contracts = loaded(**changes)
    only = {"CreateThing": contracts.operations["CreateThing"]}
    bind(only, Registered(rules={}, jobs={}, presenters={}))


@pytest.mark.parametrize(
    "content",
    [
        UPLOAD,
        {"application/octet-stream": {"type": "string", "format": "binary"}},
        {"application/x-www-form-urlencoded": {"properties": {"name": "string"}}},
        {"text/xml": "string"},
    ],
    ids=lambda content: next(iter(content)),
)
def test_a_body_of_another_media_type_can_be_declared(content: dict[str, Any]) -> None:
    """The documents say what the API takes, and the served document says so too."""
    contracts = loaded(requestBody={"content": content}, **{"x-default": None, "x-rule": "things.create"})
    operation = contracts.operations["CreateThing"]

    assert (list(operation.bodies), operation.body, operation.body_required) == (list(content), None, True)
    body = openapi(contracts)["paths"]["/v1/things"]["post"]["requestBody"]
    assert {kind: media["schema"] for kind, media in body["content"].items()} == operation.bodies


def test_a_json_patch_stands_beside_the_json_body() -> None:
    """`body` is the usual one; a patch has a form of its own."""
    patch = {"type": "array", "items": {"properties": {"op": "string"}}}
    content = {"application/json": "ThingBody", "application/json-patch+json": patch}
    operation = loaded(requestBody={"content": content}).operations["CreateThing"]

    assert operation.body == {"$ref": "#/components/schemas/ThingBody"}
    assert operation.bodies["application/json-patch+json"]["type"] == "array"


@pytest.mark.parametrize(
    "content",
    [UPLOAD, {"application/json": "ThingBody", "application/json-patch+json": {"type": "array", "items": "object"}}],
    ids=["alone", "beside JSON"],
)
def test_the_simulator_refuses_a_body_that_it_cannot_read(content: dict[str, Any]) -> None:
    """It would otherwise read every body as JSON, and answer with a refusal that the API does not give."""
    with pytest.raises(
        BindingError, match=r"CreateThing: bodies of (multipart/form-data|application/json-patch\+json)"
    ):
        served(requestBody={"content": content})


def test_the_simulator_takes_another_name_for_the_same_body() -> None:
    """Content types are not told apart where they carry the same."""
    served(requestBody={"content": {"application/json": "ThingBody", "application/json-patch+json": "ThingBody"}})


def test_a_tool_cannot_send_what_is_not_json() -> None:
    """A model's arguments are JSON."""
    with pytest.raises(ContractError, match=r"create_a_kustomer_thing: a tool sends JSON.*multipart/form-data"):
        loaded(requestBody={"content": UPLOAD}, **{"x-tools": [TOOL]})


CURSOR = {"x-page": {"style": "cursor", "default": 20, "maximum": 50}, "responses": {"200": "page"}}


def test_a_list_can_be_read_by_cursor() -> None:
    """Then it has no page number, and its cursor is a parameter like any other."""
    contracts = loaded(parameters=[{"name": "after", "schema": "string"}], **CURSOR)
    operation = contracts.operations["CreateThing"]

    assert operation.paging is not None
    assert (operation.paging.style, operation.paging.default, operation.paging.maximum) == ("cursor", 20, 50)
    assert [parameter.name for parameter in operation.parameters] == ["after"]
    assert openapi(contracts)["paths"]["/v1/things"]["post"]["x-page"] == CURSOR["x-page"]


def test_pages_are_the_usual_style() -> None:
    """A list that says nothing of its style is read by page number."""
    paging = loaded(responses={"200": "page"}, **{"x-page": {}}).operations["CreateThing"].paging

    assert paging is not None
    assert paging.style == "page"


def test_the_simulator_refuses_a_cursor_by_name() -> None:
    """An ignored cursor would show the first part for ever."""
    with pytest.raises(BindingError, match="CreateThing: lists cannot be read by cursor"):
        served(**CURSOR)


def test_a_tool_reads_pages_only() -> None:
    """Its `next_cursor` is a page number."""
    with pytest.raises(ContractError, match="the operation is read by cursor"):
        loaded(**CURSOR, **{"x-tools": [TOOL]})


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ({"style": "offset"}, "x-page/style: must be one of page, cursor, not 'offset'"),
        ({"style": "cursor", "totals": True}, "totals belongs to pages"),
        ({"style": "cursor", "last": 3}, "last belongs to pages"),
    ],
)
def test_a_paging_that_cannot_be_is_refused(page: dict[str, Any], told: str) -> None:
    """Two styles are known, and what belongs to one is not said of the other."""
    with pytest.raises(ContractError, match=told):
        loaded(**{"x-page": page, "responses": {"200": "page"}})


def test_a_field_says_what_it_means() -> None:
    """A reference, an instant, tags and custom attributes are known as such; a plain value means no more."""
    named = {"$ref": "ObjectId", "x-ref": "customer"}

    assert fields({"name": "string", "owner": named}) == {"owner": BodyField(name="owner", ref="customer")}
    assert fields({"at": "DateTime", "until": "NullableDateTime"}) == {
        name: BodyField(name=name, instant=True) for name in ("at", "until")
    }
    assert fields({"tags": "TagNames"}) == {"tags": BodyField(name="tags", tags=True)}
    assert fields({"custom": "Custom"}) == {"custom": BodyField(name="custom", custom=True)}


def test_windows_are_opened_and_closed_by_what_says_so(contracts: Contracts) -> None:
    """Nothing is read off a path: what unmasks is a fact of the contract."""
    found = {operation.id: operation.unmasking for operation in contracts.operations.values() if operation.unmasking}

    assert found == {"CreateUnmaskingWindowByCustomer": "opens", "DeleteUnmaskingWindowByCustomer": "closes"}


def test_an_unknown_word_for_unmasking_is_refused() -> None:
    """A window that nothing closes would stay open."""
    with pytest.raises(ContractError, match="x-unmasking: must be one of opens, closes, not 'shuts'"):
        loaded(**{"x-unmasking": "shuts"})


@pytest.mark.parametrize(
    ("operation", "about"),
    [
        ("GetMessagesByCustomer", "customer"),
        ("GetMessagesByConversation", "conversation"),
        ("GetKObject", "kobject"),
        ("FindCustomerKObjects", "customer"),
        ("UpdateDraft", "draft"),
        ("GetCustomers", None),
        ("GetCustomerByEmail", None),
    ],
)
def test_an_operation_says_whose_record_its_path_names(contracts: Contracts, operation: str, about: str | None) -> None:
    """The journal and faults ask for the customer that a call is about."""
    assert contracts.operations[operation].about == about


def test_an_operation_may_say_of_itself_what_it_is_about() -> None:
    """Where the path does not begin with the record's own; it must be a type that there is."""
    assert loaded(**{"x-about": "customer"}).operations["CreateThing"].about == "customer"
    with pytest.raises(ContractError, match="'custmer' is no record type; did you mean 'customer'"):
        loaded(**{"x-about": "custmer"})


def test_a_bulk_operation_names_the_operation_it_does_for_each_item() -> None:
    """A slip of the pen would be found by the first call only."""
    with pytest.raises(ContractError, match="x-bulk-of: there is no operation 'CreateThin'"):
        loaded(**{"x-bulk-of": "CreateThin"})
