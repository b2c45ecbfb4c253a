"""MCP servers are checked, ours and one that this project knows nothing of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pytest
from mcp.client import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field
from typer.testing import CliRunner

from kustomer_sandbox.cli import app
from kustomer_sandbox.command.checking.tools.tool_servers import Connect
from kustomer_sandbox.command.checking.tools.upstream import SandboxUpstream
from kustomer_sandbox.command.checking.visit import Visit, visit_tool_server
from kustomer_sandbox.contracts.suite.running import CheckResult, run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from kustomer_sandbox.contracts.suite.tools.calling import CALLING
from kustomer_sandbox.contracts.suite.tools.listing import LISTING
from kustomer_sandbox.contracts.suite.tools.passing import PASSING
from kustomer_sandbox.contracts.suite.tools.scoping import SCOPING
from kustomer_sandbox.testkit.server.thread import KustomerServer, ServerThread
from kustomer_sandbox.testkit.standalone import world

SECRET = "token-of-somebody"
URL = f"http://mcp.invalid:8700/mcp/{SECRET}"
READS = ToolAnnotations(read_only_hint=True)


def strange() -> MCPServer:
    """A server of another vendor's, with habits of its own."""
    server = MCPServer("Another vendor's")

    @server.tool(name="Find People!", annotations=READS)
    def find_people(most: Annotated[int, Field(description="How many.")] = 20) -> str:
        """Find people."""
        return f"{'x' * 40_000}{most}"

    @server.tool(annotations=READS)
    def show_person(person: str) -> str:
        """Show one person."""
        raise ValueError(f"no person {person}")

    @server.tool()
    def forget_person(person: dict[str, str | list[int]]) -> str:
        return str(person)

    return server


@contextmanager
def visiting(connect: Connect, **others: Any) -> Iterator[Visit]:
    visit = visit_tool_server(URL, connect, **others)
    try:
        yield visit
    finally:
        visit.finish()


def results(connect: Connect, *only: str, **others: Any) -> dict[str, CheckResult]:
    with visiting(connect, **others) as visit:
        return {one.check: one for one in run_checks(selected(only, of_tools=True), visit.place)}


def test_a_server_with_other_tools_is_told_what_is_wrong_with_it() -> None:
    """Names, descriptions and habits are its own; what clients run into is the same everywhere."""
    found = results(lambda: Client(strange()))

    departed = {name: one.told for name, one in found.items() if one.verdict == "departed"}
    assert set(departed) == {
        "names_are_taken_by_every_model_api",
        "every_tool_and_argument_is_described",
        "every_tool_says_whether_it_only_reads",
        "an_argument_that_a_tool_does_not_know_is_refused",
        "refusals_are_results_in_words",
        "what_means_one_thing_only_is_taken",
        "answers_are_of_a_readable_length",
    }
    assert "Find People!" in departed["names_are_taken_by_every_model_api"]
    assert "forget_person" in departed["every_tool_says_whether_it_only_reads"]
    assert found["an_argument_that_a_tool_does_not_know_is_refused"].sent[-1].call == "tools/call Find People!"
    assert {found[check.name].told for check in SCOPING} == {
        "it needs a URL of the same server that is for reads alone: --mcp-reads URL"
    }
    assert {found[check.name].told for check in PASSING} == {
        "it needs the sandbox in hand that the server calls: --rest ORIGIN"
    }


def test_a_tool_that_does_not_say_that_it_only_reads_is_never_called() -> None:
    """What it would do nobody knows."""
    server = MCPServer("Silent")

    @server.tool()
    def forget_everything() -> str:
        """Forget everything."""
        pytest.fail("it was called")

    found = results(lambda: Client(server))

    assert {found[check.name].verdict for check in CALLING} <= {"not allowed", "not applicable", "verified"}
    assert found["refusals_are_results_in_words"].told == (
        "no tool is marked as one that only reads, and no other is called"
    )


def test_our_own_tool_server_departs_in_nothing() -> None:
    """What is asked of others is kept at home."""
    with world() as kustomer, ServerThread(kustomer.api) as thread, KustomerServer(thread, kustomer) as server:
        url, upstream = server.mcp_url, SandboxUpstream(server.base_url, "")
        found = results(lambda: Client(url), upstream=upstream)

    assert {name: one.told for name, one in found.items() if one.verdict == "departed"} == {}
    assert sum(one.verdict == "verified" for one in found.values()) >= len([*LISTING, *CALLING, *PASSING]) - 1


def test_the_url_of_a_tool_server_is_not_told() -> None:
    """It holds a token."""
    runner = CliRunner()

    nobody = runner.invoke(app, ["check", "--mcp", f"http://127.0.0.1:9/mcp/{SECRET}"])
    both = runner.invoke(app, ["check", "--mcp", URL, "--rest", "http://127.0.0.1:9", "--key-env", "KEY"])
    alone = runner.invoke(app, ["check", "--mcp-reads", URL])

    assert (nobody.exit_code, both.exit_code, alone.exit_code) == (2, 2, 2)
    assert "the MCP server at http://127.0.0.1:9 does not answer as one" in nobody.output
    assert "--mcp is checked by itself" in both.output
    assert "--mcp-reads goes with --mcp" in alone.output
    assert SECRET not in nobody.output + both.output + alone.output
    with visiting(lambda: Client(strange())) as visit:
        assert visit.name == "the MCP server at http://mcp.invalid:8700"


def test_checks_of_tools_want_a_tool_server() -> None:
    """Nothing checked is nothing verified."""
    found = CliRunner().invoke(app, ["check", "--only", "mcp"])

    assert found.exit_code == 2
    assert "those of the group mcp go with --mcp" in found.output
