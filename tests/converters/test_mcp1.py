"""Every tool through LangChain's MCP adapters, and from there to OpenAI's functions, strict as well."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

CONNECTION = {"transport": "streamable_http", "url": "http://127.0.0.1:9"}


@pytest.mark.parametrize("strict", [None, True], ids=["as it is", "strict"])
def test_langchain_makes_a_tool_and_a_function_of_every_tool(
    tool: Any, schema: dict[str, Any], objects: Any, *, strict: bool | None
) -> None:
    """Names, arguments and what is needed survive both steps; strict closes every object that has members."""
    adapters = importlib.import_module("langchain_mcp_adapters.tools")
    calling = importlib.import_module("langchain_core.utils.function_calling")
    made = adapters.convert_mcp_tool_to_langchain_tool(None, tool, connection=CONNECTION)
    function = calling.convert_to_openai_tool(made, strict=strict)["function"]
    parameters = function["parameters"]
    assert function["name"] == tool.name
    assert parameters.get("properties", {}).keys() == schema["properties"].keys()
    assert set(schema.get("required", ())) <= set(parameters.get("required", ()))
    closed = [found for found in objects(parameters) if found.get("properties")]
    assert strict is None or all(found["additionalProperties"] is False for found in closed)
