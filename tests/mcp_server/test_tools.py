"""Every tool of the contracts, as clients see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from kustomer_sandbox.contracts.call_headers import READ_UNMASKED
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.definitions import (
    DESCRIPTION_BYTES,
    LIST_LIMIT,
    NAME,
    PROPERTY,
    Definition,
    property_names,
)
from kustomer_sandbox.mcp_server.tools.request import PLACEHOLDER
from kustomer_sandbox.mcp_server.tools.schemas import portable

Tools = Mapping[str, Definition]


def nodes(schema: JSON) -> Iterator[dict[str, Any]]:
    """Every sub-schema-like object of a schema."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from nodes(item)


def test_every_root_is_a_strict_flat_object(tools: Tools) -> None:
    """One schema whose root is anything else makes clients drop the whole list."""
    for definition in tools.values():
        root = definition.input_schema
        assert root["type"] == "object"
        assert root["additionalProperties"] is False
        assert not {"oneOf", "anyOf", "allOf", "$ref", "not", "enum"} & root.keys()


def test_names_are_what_model_apis_accept(tools: Tools) -> None:
    """A tool or property name outside these patterns is refused by model APIs, and with it every request."""
    for definition in tools.values():
        assert NAME.fullmatch(definition.name)
        assert all(PROPERTY.fullmatch(name) for name in property_names(definition.input_schema))


def test_schemas_keep_to_the_portable_subset(tools: Tools) -> None:
    """Type unions, remote references and empty schemas are each refused by some client."""
    for definition in tools.values():
        for node in nodes(definition.input_schema):
            assert not isinstance(node.get("type"), list)
            assert str(node.get("$ref", "#/$defs/")).startswith("#/$defs/")
            assert node != {} or definition.input_schema.get("properties") == {}


def test_every_tool_says_what_it_is_and_what_it_may_do(tools: Tools) -> None:
    """Clients decide from title and annotations whether to ask their user first."""
    for definition in tools.values():
        assert definition.tool.title
        assert definition.description == definition.tool.description, f"{definition.name} is cut"
        assert 0 < len(definition.description.encode()) <= DESCRIPTION_BYTES
        hints = definition.annotations
        assert hints["openWorldHint"] is True
        assert not (hints["readOnlyHint"] and hints["destructiveHint"])
        assert hints["readOnlyHint"] or definition.operation.method != "GET" or definition.name == READ_UNMASKED


def test_path_parameters_are_all_filled_by_required_arguments(tools: Tools) -> None:
    """A placeholder without an argument would be sent as it stands."""
    for definition in tools.values():
        filled = {a.wire for a in definition.tool.arguments if a.place == "path" and a.required}
        assert filled == set(PLACEHOLDER.findall(definition.operation.path))


def test_paged_tools_take_limit_and_cursor_instead_of_pages(tools: Tools) -> None:
    """A model that counts pages itself loses records; a cursor cannot be miscounted."""
    for definition in tools.values():
        names = set(definition.input_schema.get("properties", ()))
        assert not {"page", "pageSize"} & names
        assert ({"limit", "next_cursor"} <= names) == definition.tool.paged


def test_limit_follows_the_operations_paging(tools: Tools) -> None:
    """A limit the upstream would clamp is a promise not kept; its default would fill a model's context."""
    definition = tools["list_all_kustomer_customers"]
    paging = definition.operation.paging
    assert paging is not None
    limit = definition.input_schema["properties"]["limit"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, paging.maximum, LIST_LIMIT)


def test_a_name_clients_refuse_stops_the_tool(tools: Tools) -> None:
    """Found when the tool is made, not by a stranger whose whole list vanishes."""
    definition = next(d for d in tools.values() if d.tool.arguments)
    bad = replace(definition.tool.arguments[0], name="page[size]")
    with pytest.raises(ContractError, match="page\\[size\\]"):
        _ = replace(definition, tool=replace(definition.tool, arguments=(bad,))).input_schema


def test_portable_rewrites_each_refused_form() -> None:
    """The exact replacement for each form, so that a change of meaning shows."""
    schema = {
        "properties": {
            "union": {"type": ["string", "null"], "maxLength": 3, "description": "d", "x-secret": 1},
            "any": True,
            "never": False,
            "empty": {},
            "words": {"description": "w"},
            "open": {"type": "object", "additionalProperties": True},
            "closed": {"type": "object", "additionalProperties": False},
        }
    }
    anything = [{"type": kind} for kind in ("object", "array", "string", "number", "boolean", "null")]
    assert portable(schema)["properties"] == {
        "union": {"description": "d", "anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
        "any": {"description": "Any JSON value.", "anyOf": anything},
        "never": {"description": "No value is accepted here.", "not": {"anyOf": anything}},
        "empty": {"description": "Any JSON value.", "anyOf": anything},
        "words": {"description": "w", "anyOf": anything},
        "open": {"type": "object"},
        "closed": {"type": "object", "additionalProperties": False},
    }


TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"]
KEYWORDS = {
    "minLength": st.integers(0, 4),
    "minimum": st.integers(-3, 3),
    "maxItems": st.integers(0, 3),
    "required": st.just(["a"]),
    "enum": st.just([1, "ab", None, [], {"a": 1}]),
    "anyOf": st.just([{"minLength": 2}, {"type": "null"}]),
    "items": st.sampled_from([True, False, {"type": "integer"}]),
}
SCHEMAS = st.fixed_dictionaries(
    {"type": st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)}, optional=KEYWORDS
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=5,
)


@given(SCHEMAS, VALUES)
def test_portable_accepts_exactly_what_the_original_accepts(schema: dict[str, Any], value: JSON) -> None:
    """Portability must not loosen or tighten a contract."""
    original, rewritten = Draft202012Validator(schema), Draft202012Validator(portable(schema))
    assert rewritten.is_valid(value) == original.is_valid(value)
