"""Each tool's definition as a client sees it, kept in a file: a change of what a model reads shows in review.

`pytest tests/mcp_server/test_snapshots.py --update-snapshots` writes the files anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools.definitions import DESCRIPTION_BYTES
from tests.mcp_server.conftest import ACCOUNT, Connect

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parent / "snapshots"
Definitions = Mapping[str, dict[str, Any]]

HINTS = {"title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
EXPLAINS = {"description", "enum", "const", "format", "pattern"}


@pytest.fixture
async def definitions(connect: Connect, server: McpServer) -> Definitions:
    """Every tool, those of discovery mode too, as `tools/list` tells an official client."""
    found: dict[str, dict[str, Any]] = {}
    for exposure in ("all", "discovery"):
        _, token = server.provision(ACCOUNT, scope=Scope(tool_exposure="all" if exposure == "all" else "discovery"))
        async with connect(token, "auto") as client:
            for tool in (await client.list_tools()).tools:
                found[tool.name] = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    return found


def written(definition: Mapping[str, Any]) -> str:
    return json.dumps(definition, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def update(definitions: Definitions, folder: Path) -> None:
    """Write every snapshot and remove those of tools that are gone."""
    folder.mkdir(exist_ok=True)
    for stale in {path.stem for path in folder.iterdir()} - set(definitions):
        (folder / f"{stale}.json").unlink()
    for name, definition in definitions.items():
        (folder / f"{name}.json").write_text(written(definition), "utf-8")


def differences(definitions: Definitions, folder: Path) -> dict[str, str]:
    """What is wrong with which snapshot."""
    kept = {path.stem: path.read_text("utf-8") for path in folder.glob("*")} if folder.is_dir() else {}
    now = {name: written(definition) for name, definition in definitions.items()}
    missing = dict.fromkeys(now.keys() - kept.keys(), "has no snapshot")
    stale = dict.fromkeys(kept.keys() - now.keys(), "is no tool any more")
    changed = {name: "has changed" for name in now.keys() & kept.keys() if now[name] != kept[name]}
    return dict(sorted({**missing, **stale, **changed}.items()))


async def test_every_tool_is_as_its_snapshot_says(definitions: Definitions, pytestconfig: pytest.Config) -> None:
    """Missing, changed and stale snapshots all fail: `--update-snapshots`, and explain the change."""
    if pytestconfig.getoption("--update-snapshots"):
        update(definitions, FOLDER)
    assert differences(definitions, FOLDER) == {}


def test_each_kind_of_difference_is_found(tmp_path: Path) -> None:
    """A comparison that finds nothing would hold whatever the tools became."""
    update({"same": {"a": 1}, "other": {"a": 1}, "gone": {}}, tmp_path)
    found = differences({"same": {"a": 1}, "other": {"a": 2}, "new": {}}, tmp_path)
    assert found == {"gone": "is no tool any more", "new": "has no snapshot", "other": "has changed"}
    update({"same": {"a": 1}}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["same.json"]


async def test_clients_are_told_title_and_hints_of_every_tool(definitions: Definitions) -> None:
    """Some clients treat a tool without them as destructive, others as harmless."""
    for name, definition in definitions.items():
        assert set(definition["annotations"]) == HINTS, name
        assert definition["title"] == definition["annotations"]["title"] != ""
        assert len(definition["description"].encode()) <= DESCRIPTION_BYTES, name


async def test_every_argument_that_its_name_does_not_explain_is_described(definitions: Definitions) -> None:
    """A model fills in what it is told; ids, lists, objects and free text in particular are guessed wrong."""
    bare = [
        f"{name}.{argument}"
        for name, definition in definitions.items()
        for argument, schema in definition["inputSchema"]["properties"].items()
        if not is_explained(argument, schema, definition["inputSchema"])
    ]
    assert bare == []


def is_explained(argument: str, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Described itself or where it refers to, or closed by choices, a format or a pattern in one of its forms."""
    if "$ref" in schema and "description" not in schema:
        return is_explained(argument, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    forms = schema.get("anyOf", ())
    return bool(EXPLAINS & schema.keys()) or any(is_explained(argument, form, root) for form in forms)
