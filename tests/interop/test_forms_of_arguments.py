"""Whatever form valid arguments come in, if it can be read, the same request is sent as for the plain form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from kustomer_sandbox.contracts import load
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.arguments import problems
from kustomer_sandbox.mcp_server.tools.definitions import NEXT_CURSOR, Definition
from kustomer_sandbox.mcp_server.tools.forms.alternatives import Alternatives
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from kustomer_sandbox.mcp_server.tools.request import build
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.web.tools_page import worked_calls
from tests.interop.tool_schemas import as_openapi
from tests.shares import share

TOOLS = build_catalogue(load())
SCHEMA = schemathesis.openapi.from_dict(as_openapi(TOOLS))
FEW = share(25)
CALLS = worked_calls(create_api(load()))
BY_EXAMPLE = {name for name in CALLS if "_bulk_" in name and not name.startswith("list_")} | {
    "create_a_kustomer_tracking_identity_event"
}
"""Items of a bulk operation are told to models as plain objects: hardly any that are made up fit what is checked."""
Node = Mapping[str, JSON]


class Disguise:
    """Gives valid arguments of one tool other forms, wherever the form given is not valid as it stands."""

    def __init__(self, definition: Definition, data: st.DataObject) -> None:
        self._root = definition.input_schema
        self._fixed = definition.tool.fixed
        self._reads = definition.tool.hints.read_only
        self._data = data
        self._alternatives = Alternatives(self._root.get("$defs", {}))

    def of(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        known = self._root["properties"]
        found = {name: self._value(value, known[name]) for name, value in arguments.items()}
        for name in known.keys() - arguments.keys():
            for nothing in (None, ""):
                if self._wanted() and not self._takes(known[name], nothing) and not self._clears(known[name]):
                    found[name] = nothing
        for name, value in self._fixed.items():
            if self._wanted():
                found[name] = value.upper() if isinstance(value, str) and self._wanted() else value
        return found

    def _value(self, value: JSON, node: Node) -> JSON:
        alternatives = self._alternatives.of(node)
        if len(alternatives) == 1 and isinstance(value, dict):
            value = self._members(value, node)
        elif len(alternatives) == 1 and isinstance(value, list) and alternatives[0].items is not None:
            items = alternatives[0].items
            value = [self._value(item, items) for item in value]
        if isinstance(value, str) or value is None or not self._wanted():
            return value
        text = json.dumps(value)
        texts = (text, f" {text.upper()} ") if isinstance(value, bool) else (text,)
        fitting = [text for text in texts if not self._takes(node, text)]
        return self._data.draw(st.sampled_from(fitting)) if fitting else value

    def _members(self, value: dict[str, JSON], node: Node) -> dict[str, JSON]:
        (only,) = self._alternatives.of(node)
        nodes = {name: only.member(name) for name in value}
        found = {
            name: inner if (of := nodes[name]) is None else self._value(inner, of) for name, inner in value.items()
        }
        left_out = only.properties.keys() - value.keys() - only.required
        for name in sorted(left_out) if not self._reads else ():
            if self._wanted() and not self._takes(only.properties[name], None):
                found[name] = None
        return found

    def _clears(self, node: Node) -> bool:
        return self._takes(node, None) or self._takes(node, {"id": None})

    def _wanted(self) -> bool:
        """Mostly: and in the simplest example, which hypothesis tries first, always."""
        return self._data.draw(st.sampled_from([True, True, True, False]))

    def _takes(self, node: Node, value: JSON) -> bool:
        return Checker({**node, "$defs": self._root.get("$defs", {})}).is_valid(value)


@pytest.mark.parametrize("name", TOOLS)
@settings(max_examples=FEW, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_form_that_can_be_read_has_the_effect_of_the_plain_form(name: str, data: st.DataObject) -> None:
    """JSON text, numbers and booleans as text, null or nothing for what is left out, what the tool sets by itself."""
    definition = TOOLS[name]
    if name in BY_EXAMPLE:
        plain: Any = dict(CALLS[name])
    else:
        case: Case[Any] = data.draw(SCHEMA[f"/{name}"]["POST"].as_strategy(generation_mode=GenerationMode.POSITIVE))
        plain = case.body
    assume(isinstance(plain, dict) and NEXT_CURSOR not in plain and not problems(definition, plain, available=TOOLS))
    given_form = Disguise(definition, data).of(plain)
    meant, coerced = definition.leniency.read(given_form)
    assert problems(definition, meant, available=TOOLS) == []
    assert build(definition, meant) == build(definition, plain)
    changed = {key for key in given_form if key not in plain or as_text(given_form[key]) != as_text(plain[key])}
    assert set(coerced) == changed


def as_text(value: JSON) -> str:
    """Two values have the same text when they are the same, which in Python 1, 1.0 and True are not."""
    return json.dumps(value, sort_keys=True)
