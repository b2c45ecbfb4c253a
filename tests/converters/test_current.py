"""Every tool through what frameworks make of it for OpenAI, Anthropic and Gemini, strict where there is such a mode."""

from __future__ import annotations

import copy
import importlib
import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

SNAPSHOTS = Path(__file__).parents[1] / "mcp_server" / "snapshots"
DISCOVERY = {"search_tools", "get_tool_schema", "call_tool", "call_changing_tool"}
PROFILES = {
    "openai": ("pydantic_ai.profiles.openai", "openai_model_profile", "gpt-5"),
    "google": ("pydantic_ai.profiles.google", "google_model_profile", "gemini-2.5-pro"),
}
HOST = "http://127.0.0.1:9"


def is_open(found: dict[str, Any]) -> bool:
    """Whether an object may have members that nobody has named, as custom attributes have."""
    return not found.get("properties")


def test_openai_agents_make_a_strict_function_of_every_tool_without_open_objects(
    tool: Any, schema: dict[str, Any], objects: Any
) -> None:
    """Strict functions have no open objects: of a tool with one the SDK makes an ordinary function, by its own rule."""
    util, mcp = importlib.import_module("agents.mcp.util"), importlib.import_module("agents.mcp")
    server = mcp.MCPServerStreamableHttp(params={"url": HOST})
    function = util.MCPUtil.to_function_tool(tool, server, convert_schemas_to_strict=True)
    kept_open = any(is_open(found) for found in objects(schema))
    assert function.strict_json_schema is not kept_open
    assert function.params_json_schema["properties"].keys() == schema["properties"].keys()


def test_openais_strict_form_can_be_made_of_every_schema(schema: dict[str, Any], objects: Any) -> None:
    """All that strict mode asks for: every object closed, every member required, no keyword it does not know."""
    strict = importlib.import_module("agents.strict_schema").ensure_strict_json_schema(copy.deepcopy(schema))
    for found in objects(strict):
        assert found["additionalProperties"] is False
        assert set(found.get("required", ())) == set(found.get("properties", ()))


@pytest.mark.parametrize("strict", [None, True], ids=["as it is", "strict"])
@pytest.mark.parametrize("provider", PROFILES)
def test_pydantic_ai_transforms_every_schema(schema: dict[str, Any], provider: str, *, strict: bool | None) -> None:
    """Its transformers make what its models send. They raise what an API cannot say, or move it into words."""
    module, make, model = PROFILES[provider]
    profile: Any = getattr(importlib.import_module(module), make)(model)
    transformer = _setting(profile, "json_schema_transformer")(copy.deepcopy(schema), strict=strict)
    sent = transformer.walk()
    assert sent["properties"].keys() == schema["properties"].keys()
    assert transformer.is_strict_compatible or strict is None
    assert _words(sent) == _words(schema)


def _setting(profile: Any, name: str) -> Any:
    return profile[name] if isinstance(profile, dict) else getattr(profile, name)


def test_anthropics_strict_form_can_be_made_of_every_schema(schema: dict[str, Any], objects: Any) -> None:
    """Its SDK closes the objects and moves what its API does not know into words; here nothing has to be moved."""
    strict = importlib.import_module("anthropic").transform_schema(copy.deepcopy(schema))
    assert all(found["additionalProperties"] is False for found in objects(strict))
    assert _words(strict) == _words(schema)


def _words(node: Any) -> set[str]:
    """Every description in a schema."""
    if isinstance(node, list):
        return {words for value in node for words in _words(value)}
    if not isinstance(node, dict):
        return set()
    here = {node["description"]} if isinstance(node.get("description"), str) else set()
    return here | {words for value in node.values() for words in _words(value)}


def test_google_gen_ai_makes_a_function_of_every_tool_and_loses_nothing(tool: Any, schema: dict[str, Any]) -> None:
    """It refuses booleans where schemas stand, and drops without a word what its own form has no place for."""
    utils = importlib.import_module("google.genai._mcp_utils")
    (declaration,) = utils.mcp_to_gemini_tool(tool).function_declarations
    kept = declaration.parameters.model_dump(mode="json", exclude_none=True)
    assert _comparable(kept) == _comparable(schema)


def _comparable(node: Any) -> Any:
    """A schema of either side with its keywords spelled alike, and without empty lists of members."""
    if isinstance(node, list):
        return [_comparable(value) for value in node]
    if not isinstance(node, dict):
        return node
    found = {{"any_of": "anyOf"}.get(key, key): value for key, value in node.items() if key != "additionalProperties"}
    if isinstance(found.get("type"), str):
        found["type"] = found["type"].lower()
    for key, value in found.items():
        if key == "properties" and isinstance(value, dict):
            found[key] = {name: _comparable(member) for name, member in value.items()}
        elif key in {"items", "anyOf"}:
            found[key] = _comparable(value)
    return {key: value for key, value in found.items() if value not in ({}, [])}


def test_the_list_costs_a_model_what_is_promised() -> None:
    """Counted in o200k: 230 tokens a tool at most on average, none above 1,000, discovery mode below 800 with all."""
    count = importlib.import_module("bpe_openai").get_encoding("o200k_base").encode
    costs, whole = {}, 0
    for path in SNAPSHOTS.glob("*.json"):
        listed = json.loads(path.read_text("utf-8"))
        read = {key: listed[key] for key in ("name", "description", "inputSchema")}
        if path.stem in DISCOVERY:
            whole += len(count(json.dumps(listed, separators=(",", ":"), ensure_ascii=False)))
        else:
            costs[path.stem] = len(count(json.dumps(read, separators=(",", ":"), ensure_ascii=False)))
    assert mean(costs.values()) <= 230
    assert max(costs.values()) <= 1000
    assert whole <= 800
