"""The expansion: what a document need not write, and what it is told when it names what is not there."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kustomer_sandbox.contracts import ContractError
from kustomer_sandbox.contracts.documents import read_documents
from kustomer_sandbox.contracts.expand.expansion import expand

JSON = Any
Document = dict[str, Any]

SHARED: Document = {
    "x-tool-defaults": {"source": "assumed"},
    "x-relationships": {"createdBy": {"type": "user"}},
    "x-types": {"org": "/v1/orgs/{id}", "user": "/v1/users/{id}"},
    "components": {
        "parameters": {
            "Id": {"name": "id", "in": "path", "required": True, "schema": "ObjectId"},
            "Page": {"name": "page", "in": "query", "schema": "integer"},
            "PageSize": {"name": "pageSize", "in": "query", "schema": "integer"},
        },
        "responses": {"Refusal": {"description": "No."}, "Done": {"description": "Done."}},
        "schemas": {
            "ObjectId": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
            "DateTime": {"type": "string", "format": "date-time"},
            "Names": {"type": "array", "items": "string", "maxItems": 3, "x-tags": True},
            "Relationships": "object",
            "SelfLink": "object",
            "PageMeta": "object",
            "PageLinks": "object",
        },
    },
}
COMMON = "common.yaml#/components"
A, R, GET = "things.yaml: components/schemas/A", "things.yaml: x-resource", "things.yaml: GET /v1/a"


def thing(**parts: JSON) -> Document:
    """The plain form of a small document with the parts given."""
    resource = {
        "type": "thing",
        "path": "/v1/things/{id}",
        "schema": "Thing",
        "fields": {},
        **parts.pop("x-resource", {}),
    }
    whole = {"info": {"title": "Things"}, "x-resource": resource, **parts}
    return expand({"common.yaml": copy.deepcopy(SHARED), "things.yaml": whole})["things.yaml"]


def operation(path: str, method: str, **entry: JSON) -> Document:
    """The plain form of one operation."""
    fields = {"name": {"type": "string", "create": "required"}}
    found: Document = thing(**{"paths": {path: {method: entry}}, "x-resource": {"fields": fields}})["paths"]
    plain: Document = found[path][method]
    return plain


def schema(written: JSON, **others: JSON) -> JSON:
    """The plain form of one schema, with others beside it."""
    return thing(components={"schemas": {"Written": written, **others}})["components"]["schemas"]["Written"]


def record() -> Document:
    """A record by itself, as an answer."""
    return {
        "type": "object",
        "properties": {"data": {"$ref": "things.yaml#/components/schemas/Thing"}},
        "required": ["data"],
        "additionalProperties": False,
    }


def test_what_is_plain_already_stays_as_it_is() -> None:
    """A document can also be written in full; only an object that takes further fields must always say so."""
    is_open = (
        "auth-settings.yaml",
        "brands.yaml",
        "drafts.yaml",
        "forwards.yaml",
        "notes.yaml",
        "role-groups.yaml",
        "teams.yaml",
        "users.yaml",
        "workflows.yaml",
    )
    plain = {name: document for name, document in expand(read_documents()).items() if name not in is_open}

    assert expand(plain) == plain


def test_the_documents_given_are_not_changed() -> None:
    """It is a pure function: the written form can be read again."""
    documents = read_documents()
    expand(documents)

    assert documents == read_documents()


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("string", {"type": "string"}),
        ("ObjectId", {"$ref": f"{COMMON}/schemas/ObjectId"}),
        (
            {"$ref": "ObjectId", "description": "Whose."},
            {"$ref": f"{COMMON}/schemas/ObjectId", "description": "Whose."},
        ),
        (
            {"type": "array", "items": "Thing"},
            {"type": "array", "items": {"$ref": "things.yaml#/components/schemas/Thing"}},
        ),
        ({"anyOf": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (
            {"properties": {"a": "string"}},
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        ),
        (
            {"properties": {"a": "string"}, "additionalProperties": True},
            {"type": "object", "properties": {"a": {"type": "string"}}},
        ),
        ({"type": "string", "enum": ["string", "Thing"]}, {"type": "string", "enum": ["string", "Thing"]}),
    ],
)
def test_a_schema_is_written_by_names(written: JSON, plain: JSON) -> None:
    """A word is a type or a component; an object takes no fields but its own."""
    assert schema(written) == plain


def test_all_of_is_merged_into_one_closed_object() -> None:
    """Closed objects cannot be joined by JSON Schema itself, so the fields are put together here."""
    base = {"title": "Base", "properties": {"a": "string", "b": "string", "c": "string"}, "required": ["a"]}
    own = {"allOf": ["Base"], "x-without": ["c"], "properties": {"d": "string", "b": "integer"}, "required": ["d"]}
    merged = schema(own, Base=base)

    assert list(merged["properties"].items()) == [
        ("d", {"type": "string"}),
        ("a", {"type": "string"}),
        ("b", {"type": "integer"}),
    ]
    assert (merged["required"], merged["additionalProperties"], "title" in merged) == (["a", "d"], False, False)


FIELDS: Document = {
    "id": {"$ref": "ObjectId", "create": True, "shown": False},
    "name": {"type": "string", "maxLength": 9, "create": "required", "update": {"type": ["string", "null"]}},
    "since": {"$ref": "DateTime", "update": True, "description": "From when."},
    "tags": {"$ref": "Names", "create": True, "shown": "required"},
    "state": {"type": "string", "enum": ["on"], "update": {"required": True}, "shown": {"type": "integer"}},
    "count": "integer",
    "modifiedAt": {"shown": False},
}


def forms() -> dict[str, Document]:
    """The schemas made of the table above."""
    found: dict[str, Document] = thing(
        **{
            "x-resource": {"fields": FIELDS},
            "components": {"schemas": {"ThingCreate": {"description": "A new thing."}}},
        }
    )["components"]["schemas"]
    return found


def test_a_field_table_makes_what_may_be_written() -> None:
    """One row says what a field is and where it may be given; what is written of a form beside it is kept."""
    made = forms()

    assert made["ThingCreate"]["description"] == "A new thing."
    assert (list(made["ThingCreate"]["properties"]), made["ThingCreate"]["required"]) == (
        ["id", "name", "tags"],
        ["name"],
    )
    assert made["ThingUpdate"]["properties"] == {
        "name": {"type": ["string", "null"], "maxLength": 9},
        "since": {"$ref": f"{COMMON}/schemas/DateTime", "description": "From when."},
        "state": {"type": "string", "enum": ["on"]},
    }
    assert (made["ThingUpdate"]["required"], made["ThingUpdate"]["additionalProperties"]) == (["state"], False)


def test_a_field_table_makes_what_is_shown() -> None:
    """An answer shows the type of what may be written without its limits, tags as ids, and when it was made."""
    shown = forms()["ThingAttributes"]

    assert shown["properties"] == {
        "name": {"type": "string"},
        "since": {"type": "string"},
        "tags": {"type": "array", "items": {"$ref": f"{COMMON}/schemas/ObjectId"}},
        "state": {"type": "integer"},
        "count": {"type": "integer"},
        "createdAt": {"type": "string"},
        "updatedAt": {"type": "string"},
    }
    assert shown["required"] == ["tags", "createdAt", "updatedAt"]


def test_a_record_and_its_relationships_are_spelled_out() -> None:
    """A relationship is named after its type, or is one of the usual ones; its path is the type's."""
    plain = thing(**{"x-resource": {"relationships": ["org", "createdBy", {"owner": {"type": "user"}}], "fields": {}}})

    assert plain["x-resource"] == {
        "type": "thing",
        "path": "/v1/things/{id}",
        "attributes": "ThingAttributes",
        "relationships": {
            "org": {"type": "org", "path": "/v1/orgs/{id}"},
            "createdBy": {"type": "user", "path": "/v1/users/{id}"},
            "owner": {"type": "user", "path": "/v1/users/{id}"},
        },
    }
    assert list(plain["components"]["schemas"]["Thing"]["properties"]) == [
        "type", "id", "attributes", "relationships", "links",
    ]  # fmt: skip


def test_a_get_of_one_record_needs_nothing_but_its_own_facts() -> None:
    """The path says its parameter, the method its answer, the document its tag."""
    assert operation("/v1/things/{id}", "get", operationId="GetThing") == {
        "operationId": "GetThing",
        "tags": ["Things"],
        "parameters": [{"$ref": f"{COMMON}/parameters/Id"}],
        "responses": {
            "200": {"description": "One thing.", "content": {"application/json": {"schema": record()}}},
            "default": {"$ref": f"{COMMON}/responses/Refusal"},
        },
    }


def test_a_page_is_one_word() -> None:
    """With the word come the parameters, the usual sizes and the envelope."""
    plain = operation("/v1/things", "get", responses="page")

    assert plain["parameters"] == [{"$ref": f"{COMMON}/parameters/{name}"} for name in ("Page", "PageSize")]
    assert plain["x-page"] == {"default": 100, "maximum": 100}
    page = plain["responses"]["200"]["content"]["application/json"]["schema"]
    assert (plain["responses"]["200"]["description"], list(page["properties"])) == (
        "A page of things.",
        ["meta", "data", "links"],
    )


def test_a_list_by_instants_is_given_its_parameters() -> None:
    """Four bounds and two orders for each; what the operation declares itself stands."""
    sort = {"name": "sort", "in": "query", "schema": {"type": "string"}}
    default = {"do": "list", "by": ["createdAt"]}
    plain, own = (
        operation("/v1/things", "get", **{"x-default": default, "responses": "page", **declared})["parameters"][2:]
        for declared in ({}, {"parameters": [sort]})
    )

    assert [parameter["name"] for parameter in plain] == [
        "filter[createdAt][gt]", "filter[createdAt][gte]", "filter[createdAt][lt]", "filter[createdAt][lte]", "sort",
    ]  # fmt: skip
    assert {parameter["schema"].get("$ref") for parameter in plain[:4]} == {f"{COMMON}/schemas/DateTime"}
    assert plain[4]["schema"]["enum"] == ["createdAt", "-createdAt"]
    assert own[4:] == [sort]


@pytest.mark.parametrize(
    ("method", "status"), [("get", "200"), ("post", "201"), ("put", "200"), ("patch", "200"), ("delete", "204")]
)
def test_the_status_of_a_success_follows_from_the_method(method: str, status: str) -> None:
    """What most operations answer with need not be said; `default` is the refusal."""
    assert list(operation("/v1/things/{id}", method)["responses"]) == [status, "default"]


def test_a_body_is_named_by_its_schema() -> None:
    """It is JSON and must be sent, unless the document says otherwise."""
    ref = {"schema": {"$ref": "things.yaml#/components/schemas/ThingCreate"}}
    plain = {"required": True, "content": {"application/json": ref}}

    assert operation("/v1/things", "post", requestBody="ThingCreate")["requestBody"] == plain
    optional = operation("/v1/things", "post", requestBody={"schema": "ThingCreate", "required": False})["requestBody"]
    assert optional == {**plain, "required": False}
    other = operation("/v1/things", "post", requestBody={"content": {"text/xml": "string"}})["requestBody"]
    assert other == {"required": True, "content": {"text/xml": {"schema": {"type": "string"}}}}


def test_an_alias_says_only_what_differs() -> None:
    """Its fixed fields need not be sent again; everything else is the other operation's, but for tools and words."""
    first = {"operationId": "Make", "summary": "Make.", "x-roles": ["r"], "requestBody": "ThingCreate", "x-tools": []}
    alias = {"operationId": "MakeRed", "x-alias-of": "Make", "x-fixed": {"name": "red"}}
    table = {"name": {"type": "string", "create": "required"}}
    paths = {"/v1/things": {"post": first}, "/v1/things/red": {"post": alias}}
    plain = thing(**{"x-resource": {"fields": table}, "paths": paths})["paths"]["/v1/things/red"]["post"]

    assert (plain["x-roles"], "x-tools" in plain, "summary" in plain) == (["r"], False, False)
    body = plain["requestBody"]["content"]["application/json"]["schema"]
    assert (list(body["properties"]), "required" in body) == (["name"], False)


@pytest.mark.parametrize(
    ("method", "entry", "expected"),
    [
        ("get", {"x-rule": "a.b"}, ("get", "read")),
        ("get", {"x-rule": "a.b", "responses": "page"}, ("list", "read")),
        ("get", {"x-default": {"do": "list"}}, ("list", "read")),
        ("post", {"x-rule": "a.b"}, ("create", "write")),
        ("put", {"x-default": "update"}, ("update", "write")),
        ("patch", {"x-default": "update"}, ("partial_update", "custom")),
        ("delete", {"x-rule": "a.b"}, ("delete", "write")),
        ("get", {"x-default": {"do": "lookup"}}, (None, None)),
    ],
)
def test_a_tool_takes_method_and_kind_from_its_operation(
    method: str, entry: Document, expected: tuple[str | None, str | None]
) -> None:
    """Not from its name; what is called otherwise says so, and a look-up is called after what it looks up by."""
    (tool,) = operation("/v1/things", method, **{"x-tools": [{"name": "paint_it"}]}, **entry)["x-tools"]

    assert (tool.get("method"), tool.get("kind")) == expected
    assert tool["source"] == "assumed"


def test_what_a_tool_says_itself_stands() -> None:
    """Defaults are for what is not written."""
    said = {"name": "find", "method": "list", "source": "seed", "arguments": {"a": "What.", "b": {"schema": "string"}}}
    (tool,) = operation("/v1/things", "post", **{"x-tools": [said]})["x-tools"]

    assert tool == {
        **said,
        "kind": "read",
        "arguments": {"a": {"description": "What."}, "b": {"schema": {"type": "string"}}},
    }


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"components": {"schemas": {"A": "strng"}}}, f"{A}: no document defines 'strng'"),
        (
            {"components": {"schemas": {"A": {"$ref": "Nothing"}}}},
            f"{A}: no document defines 'Nothing'",
        ),
        ({"components": {"schemas": {"A": {"allOf": ["B"]}}}}, f"{A}: allOf names 'B'"),
        (
            {"components": {"schemas": {"A": {"allOf": ["B"]}, "B": {"properties": {}, "minProperties": 1}}}},
            f"{A}: allOf cannot merge 'minProperties'",
        ),
        (
            {
                "components": {
                    "schemas": {"A": {"allOf": ["B"], "x-without": ["c"]}, "B": {"properties": {"b": "string"}}}
                }
            },
            f"{A}: x-without names 'c'",
        ),
        (
            {"components": {"schemas": {"A": {"x-without": ["c"]}}}},
            f"{A}: x-without needs an allOf",
        ),
        (
            {"x-resource": {"relationships": ["owner"]}},
            f"{R}/relationships: 'owner' is no known type",
        ),
        (
            {"x-resource": {"fields": {"a": {"type": "string", "create": "yes please"}}}},
            "no document defines 'yes please'",
        ),
        (
            {"x-resource": {"fields": {"a": {"type": "string", "create": 1}}}},
            f"{R}/fields/a/create: must not be 1",
        ),
        ({"x-resource": {"fields": {"a": {"$ref": "Nothing", "create": True}}}}, "no document defines 'Nothing'"),
        (
            {"paths": {"/v1/a": {"get": {"parameters": ["Nothing"]}}}},
            f"{GET}: no document defines 'Nothing'",
        ),
        (
            {"paths": {"/v1/a": {"get": {"responses": "recrod"}}}},
            f"{GET} responses: 'recrod' is neither record",
        ),
        ({"paths": {"/v1/a": {"get": {"responses": 200}}}}, f"{GET} responses: must not be 200"),
        ({"paths": {"/v1/a": {"post": {"requestBody": {}}}}}, "POST /v1/a requestBody: names neither a schema"),
        (
            {"paths": {"/v1/a": {"get": {"x-alias-of": "Nothing"}}}},
            "GET /v1/a x-alias-of: this document has no other operation 'Nothing'",
        ),
    ],
)
def test_a_name_of_nothing_is_refused_with_document_and_place(document: Document, told: str) -> None:
    """A misspelt name must not become a guess."""
    with pytest.raises(ContractError) as refusal:
        thing(**document)

    assert told in str(refusal.value)


def test_a_table_needs_the_name_of_its_record() -> None:
    """The schemas that it makes are called after it."""
    with pytest.raises(ContractError, match=rf"{R}/fields: needs schema"):
        expand({"things.yaml": {"x-resource": {"type": "thing", "path": "/v1/things/{id}", "fields": {}}}})
