"""The listed form of every tool: what every model API takes, told in few words, and never more than what is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from kustomer_sandbox.mcp_server.tools import discovery
from kustomer_sandbox.mcp_server.tools.definitions import DESCRIPTION_BYTES, Definition, ToolListing
from kustomer_sandbox.mcp_server.tools.listing.listed import KEYWORDS, listed_schema, seldom_words

Tools = Mapping[str, Definition]

TYPES = {"object", "array", "string", "integer", "number", "boolean"}
FEW_CHARACTERS, MANY_CHARACTERS = 985, 3900
"""230 and 900 tokens: o200k makes one of 4.3 characters of these texts, which `nox -s converters` counts exactly."""


@pytest.fixture(scope="module")
def listings(tools: Tools) -> dict[str, ToolListing]:
    """Every tool, and those of discovery mode, as `tools/list` gives them."""
    return {listing.name: listing for listing in [*(d.listed for d in tools.values()), *discovery.listed()]}


def schemas(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every schema in a listed one, itself included."""
    yield node
    branches = node.get("anyOf", ())
    for part in (*node.get("properties", {}).values(), *branches, *((node["items"],) if "items" in node else ())):
        yield from schemas(part)


def size(listing: ToolListing) -> int:
    """The characters that a model reads of a tool."""
    read = {"name": listing.name, "description": listing.description, "inputSchema": listing.input_schema}
    return len(json.dumps(read, separators=(",", ":"), ensure_ascii=False))


def test_nothing_but_portable_keywords_is_listed(listings: dict[str, ToolListing]) -> None:
    """Each other keyword is refused, dropped or misread by some model API; one refusal can cost the whole list."""
    for name, listing in listings.items():
        for schema in schemas(listing.input_schema):
            assert schema.keys() <= KEYWORDS, name
            assert "anyOf" in schema or schema["type"] in TYPES, name
            assert schema.get("type") != "array" or "items" in schema, name
            assert all(isinstance(choice, str) for choice in schema.get("enum", ())), name
            assert set(schema.get("required", ())) <= schema.get("properties", {}).keys(), name


def test_a_union_stands_only_between_plain_types(tools: Tools) -> None:
    """Such a one every API takes; it is left where a text and a list both have a meaning of their own."""
    for definition in tools.values():
        root = definition.listed.input_schema
        assert "anyOf" not in root
        for schema in schemas(root):
            kinds = [branch.get("type") for branch in schema.get("anyOf", ())]
            assert len(kinds) == len(set(kinds)), definition.name
            assert set(kinds) <= TYPES, definition.name


def test_every_argument_is_described_or_named_with_its_form(tools: Tools) -> None:
    """A model gives what it is told of; what is seldom needed it is told of in a word."""
    for name, definition in tools.items():
        listing = definition.listed
        listed = listing.input_schema["properties"]
        assert [argument for argument, schema in listed.items() if not schema.get("description")] == [], name
        _, _, told = listing.description.partition("Seldom needed: ")
        assert [argument for argument in definition.seldom if argument not in told] == [], name
        assert listed.keys() | set(definition.seldom) == definition.input_schema["properties"].keys(), name


def test_what_a_tool_needs_is_listed_as_needed(tools: Tools) -> None:
    """An argument that is left out of the list is one that can be left out of a call."""
    for definition in tools.values():
        checked = definition.input_schema
        assert definition.listed.input_schema.get("required", []) == checked.get("required", [])


def test_no_description_is_too_long_to_be_shown_whole(tools: Tools) -> None:
    """Clients cut longer texts anywhere, in the middle of what is seldom needed, say."""
    for definition in tools.values():
        assert len(definition.listed.description.encode()) <= DESCRIPTION_BYTES
        assert not definition.listed.description.endswith("…")


def test_the_list_is_short(tools: Tools) -> None:
    """It is paid for in every conversation: a model reads at most 230 tokens a tool, and of none more than 1,000."""
    sizes = {name: size(definition.listed) for name, definition in tools.items()}
    assert sum(sizes.values()) / len(sizes) <= FEW_CHARACTERS
    assert {name: count for name, count in sizes.items() if count > MANY_CHARACTERS} == {}


def test_discovery_mode_costs_next_to_nothing() -> None:
    """At most 800 tokens for all that is listed, annotations and all; these texts have four letters a token."""
    listed = [
        (tool.name, tool.title, tool.description, tool.input_schema, tool.annotations) for tool in discovery.listed()
    ]
    assert len(json.dumps(listed, separators=(",", ":"))) <= 4 * 800


def test_what_is_listed_is_not_what_is_checked(tools: Tools) -> None:
    """The list may say less; an argument is still held to its length, its pattern and its members."""
    definition = tools["create_a_kustomer_customer_whatsapp_interactive_draft"]
    given = {"customer_id": "5" * 24, "app": "whatsapp", "meta": {"interactive": {"type": "button"}}}
    assert definition.validator.is_valid({**given, "meta": {}}) is False
    assert "maxLength" not in json.dumps(definition.listed.input_schema)
    assert "maxLength" in json.dumps(definition.input_schema)


SCALAR = {"type": "string", "pattern": "^a$", "maxLength": 3}
DEFINITIONS = {
    "Party": {"type": "object", "properties": {"email": SCALAR, "name": SCALAR}, "required": ["email"]},
    "Parties": {"type": "array", "items": {"$ref": "#/$defs/Party"}, "uniqueItems": True},
}
PARTY = {
    "type": "object",
    "properties": {"email": {"type": "string"}, "name": {"type": "string"}},
    "required": ["email"],
}
WORDS = {"type": "string", "description": "w"}
BUTTONS = {"properties": {"type": {"const": "button"}, "of": {"type": "array", "items": SCALAR}}, "required": ["type"]}
LIST = {"properties": {"type": {"const": "list"}, "rows": {"type": "integer"}}, "required": ["type", "rows"]}
FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "bounds": (SCALAR, {"type": "string"}),
    "reference": ({"$ref": "#/$defs/Party", "description": "d"}, {"type": "object", "description": "d", **PARTY}),
    "null": ({"anyOf": [{**WORDS}, {"type": "null"}]}, WORDS),
    "constant": ({"const": "whatsapp"}, {"type": "string", "enum": ["whatsapp"]}),
    "texts and null": ({"enum": ["m", "f", None]}, {"type": "string", "enum": ["m", "f"]}),
    "numbers": ({"type": "number", "enum": [-1, 0, 1]}, {"type": "number"}),
    "one or a list": (
        {"anyOf": [{"$ref": "#/$defs/Party"}, {"$ref": "#/$defs/Parties"}]},
        {"type": "array", "items": PARTY},
    ),
    "a text or a list": (
        {"anyOf": [SCALAR, {"$ref": "#/$defs/Parties"}]},
        {"anyOf": [{"type": "string"}, {"type": "array", "items": PARTY}]},
    ),
    "records or ids": (
        {"anyOf": [{"$ref": "#/$defs/Parties"}, {"type": "array", "items": SCALAR}]},
        {"type": "array", "items": {"type": "string"}},
    ),
    "a list of anything": ({"type": "array"}, {"type": "array", "items": {"type": "object"}}),
    "any names": ({"type": "object", "patternProperties": {"^a": SCALAR}}, {"type": "object"}),
    "either object": (
        {"oneOf": [BUTTONS, LIST]},
        {"type": "object", "description": "{type: button|list, of?: string[], rows?: integer}"},
    ),
    "deep": (
        {"type": "object", "properties": {"to": {"$ref": "#/$defs/Parties"}}, "description": "d"},
        {"type": "object", "description": "d {to?: {email, name?}[]}"},
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_one_listed_form(form: str) -> None:
    """The exact replacement for each, so that a change of what models are told shows."""
    schema, expected = FORMS[form]
    checked = {"type": "object", "properties": {"it": schema}, "$defs": DEFINITIONS}
    assert listed_schema(checked)["properties"]["it"] == expected


def test_what_is_seldom_needed_is_named_with_its_form_and_told_once() -> None:
    """Of the same form it says so; a text needs no word; of a large object no more is said than that it is one."""
    large = {"type": "object", "properties": dict.fromkeys("abcd", SCALAR)}
    properties = {"to": DEFINITIONS["Parties"], "cc": DEFINITIONS["Parties"], "lang": SCALAR, "place": large}
    checked = {"type": "object", "properties": properties, "$defs": DEFINITIONS}
    seldom = ("cc", "lang", "place")
    assert seldom_words(checked, seldom=seldom) == "Seldom needed: cc: like to, lang, place: object."
    assert list(listed_schema(checked, seldom=seldom)["properties"]) == ["to"]
    assert seldom_words(checked, seldom=()) == ""


def test_a_change_says_what_null_clears(tools: Tools) -> None:
    """The listed form has no null: a model would not know that it can take a value away. Making a record needs none."""
    cleared = "Null clears name, company, externalId, timeZone, defaultLang."
    assert cleared in tools["update_a_kustomer_customer_by_id"].listed.description
    assert "Null clears" not in tools["create_a_kustomer_customer"].listed.description
    # The queue says so itself.
    assert " Null clears externalId, name. " in tools["update_a_kustomer_conversation_by_id"].listed.description


def test_get_tool_schema_tells_all_that_the_list_leaves_out(tools: Tools) -> None:
    """Whoever needs lengths, patterns or what is seldom needed has a way to them in discovery mode."""
    name = "create_a_kustomer_customer_email_draft"
    (told,) = discovery.schemas([name], tools)["tools"]
    assert told["inputSchema"] == tools[name].input_schema
    assert set(tools[name].tool.seldom) <= told["inputSchema"]["properties"].keys()
