"""The tools as `tools/list` gives them, from their snapshots: no part of the product is installed here."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

SNAPSHOTS = Path(__file__).parents[1] / "mcp_server" / "snapshots"
Schema = Mapping[str, Any]


def mcp_tool(path: Path) -> Any:
    """A snapshot as a tool of the installed MCP SDK, whichever that is."""
    return importlib.import_module("mcp.types").Tool.model_validate(json.loads(path.read_text("utf-8")))


@pytest.fixture(params=sorted(SNAPSHOTS.glob("*.json")), ids=lambda path: path.stem)
def tool(request: pytest.FixtureRequest) -> Any:
    """Each tool in turn."""
    return mcp_tool(request.param)


@pytest.fixture
def schema(tool: Any) -> dict[str, Any]:
    """The input schema of the tool."""
    given: dict[str, Any] = tool.model_dump(by_alias=True)["inputSchema"]
    return given


@pytest.fixture
def objects() -> Any:
    """A function that gives every object schema in a schema."""
    return _objects


def _objects(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)
