"""The worked call of each tool: made for real in a fresh demo world, and told on the page of tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from kustomer_sandbox.contracts import load
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.web import tools_page
from tests.interop.in_process import tools_of

API = create_api(load())
CALLS = tools_page.worked_calls(API)
PAGE = Path(__file__).parents[2] / "docs" / "tools.md"


@pytest.mark.parametrize("name", CALLS)
def test_a_worked_call_succeeds_in_a_fresh_demo_world(name: str) -> None:
    """Through the tool's own checks. If it fails, mend `x-example` of the operation or `example` of the tool."""
    tools = tools_of(API, WorldSpec(name=name, scenario="demo"))
    try:
        result = anyio.run(tools.call, name, dict(CALLS[name]))
    finally:
        API.worlds.drop(name)

    assert not result.is_error, (CALLS[name], result.document)


def test_the_page_of_tools_is_what_the_contracts_say(pytestconfig: pytest.Config) -> None:
    """`--update-snapshots` writes it anew."""
    if pytestconfig.getoption("--update-snapshots"):
        PAGE.write_text(tools_page.page(), "utf-8")
    assert PAGE.read_text("utf-8") == tools_page.page()


def test_the_command_prints_the_page() -> None:
    """The page says how it is made."""
    command = [sys.executable, "-m", "kustomer_sandbox.web.tools_page"]
    printed = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8", timeout=60).stdout
    assert printed == tools_page.page()


def test_every_tool_is_on_the_page() -> None:
    """With what it is granted by and its arguments."""
    text = PAGE.read_text("utf-8")
    assert [name for name in CALLS if f"\n### `{name}`\n" not in text] == []
    assert text.count("```json") == text.count("\nGranted by `methods`") == len(CALLS)
