"""`docs/mcp.md` tells of what there is: its calls are the router's, its tests exist, its options are known."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.routing import APIRoute

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management.management import create_router

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "mcp.md").read_text("utf-8")


def test_the_calls_are_those_of_the_management_api(server: McpServer) -> None:
    """None missing, none promised in vain."""
    told = set(re.findall(r"^\| `(GET|POST|PATCH|DELETE) (/\S+)` \|", TEXT, re.MULTILINE))
    routes = [route for route in create_router(server).routes if isinstance(route, APIRoute)]
    assert told == {(method, route.path) for route in routes for method in route.methods or ()}


def test_every_guarantee_names_a_test_there_is() -> None:
    """A guarantee without one would be advertising."""
    section = TEXT.partition("## What is guaranteed")[2]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    named = [re.search(r"`(tests/\S+\.py)(?:::(\w+))?` \|$", row) for row in rows]
    assert all(named)
    for match in filter(None, named):
        source = (ROOT / match[1]).read_text("utf-8")
        assert match[2] is None or f"def {match[2]}(" in source, match[0]


def test_the_options_are_known_to_the_command() -> None:
    """Copied from here into a terminal."""
    folder = ROOT / "kustomer_sandbox"
    files = [folder / "cli.py", *(folder / "command").glob("*.py")]
    signatures = "\n".join(file.read_text("utf-8") for file in files)
    known = set(re.findall(r'"(--[a-z-]+)"', signatures))
    known |= {f"--{name.replace('_', '-')}" for name in re.findall(r"^    (\w+): ", signatures, re.MULTILINE)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT)) <= known
