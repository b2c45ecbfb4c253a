"""An MCP server of another vendor's before a sandbox: how it passes limits on, closes windows and keeps to reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from mcp.client import Client
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from kustomer_sandbox.command.checking.tools.upstream import SandboxUpstream
from kustomer_sandbox.command.checking.visit import visit_tool_server
from kustomer_sandbox.contracts.suite.running import CheckResult, run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from kustomer_sandbox.contracts.suite.tools.passing import PASSING
from kustomer_sandbox.contracts.suite.tools.scoping import SCOPING
from kustomer_sandbox.testkit.server.thread import ServerThread
from kustomer_sandbox.testkit.standalone import world

READS, WRITES = ToolAnnotations(read_only_hint=True), ToolAnnotations(read_only_hint=False)
TOO_MANY = 429


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What this vendor does about a limit and a window."""

    tries: int = 1
    says: str = "429: too many requests, wait {reset}"
    closes: bool = True


class Vendor:
    """A server with two tools that call a sandbox, and up to two about windows."""

    def __init__(self, origin: str, key: str, habits: Habits) -> None:
        headers = {"authorization": f"Bearer {key}"}
        self._http, self._habits = httpx.Client(base_url=f"{origin}/v1", headers=headers), habits

    def server(self, *, only_reads: bool = False) -> MCPServer:
        server = MCPServer("Another vendor's")
        server.add_tool(self.people, description="Find people.", annotations=READS)
        if not only_reads:
            server.add_tool(self.unmask_person, description="Show a person's numbers.", annotations=WRITES)
            if self._habits.closes:
                server.add_tool(self.end_unmasking, description="Hide them again.", annotations=WRITES)
        return server

    def close(self) -> None:
        self._http.close()

    def people(self) -> str:
        answer = self._http.get("/customers?pageSize=1")
        for _ in range(1, self._habits.tries):
            answer = self._http.get("/customers?pageSize=1") if answer.status_code == TOO_MANY else answer
        if answer.status_code != TOO_MANY:
            return answer.text
        raise ToolError(self._habits.says.format(reset=answer.headers["x-ratelimit-reset"]))

    def unmask_person(self, person_id: str) -> str:
        return self._http.post(f"/customers/{person_id}/unmasking-windows").text

    def end_unmasking(self, person_id: str) -> str:
        return self._http.delete(f"/customers/{person_id}/unmasking-windows").text or "done"


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[str, str]]:
    """The origin and the key of a sandbox."""
    with world() as kustomer, ServerThread(kustomer.api) as thread:
        yield thread.base_url, kustomer.api_key


def found(upstream: tuple[str, str], habits: Habits, *, narrow: bool = True) -> dict[str, CheckResult]:
    """What scoping, limits and windows of a vendor come to. A server that is not `narrow` shows all to everyone."""
    vendor = Vendor(*upstream, habits)
    visit = visit_tool_server(
        "http://mcp.invalid/token",
        lambda: Client(vendor.server()),
        reads=lambda: Client(vendor.server(only_reads=narrow)),
        upstream=SandboxUpstream(upstream[0], ""),
    )
    try:
        checks = [check for check in selected(of_tools=True) if check in {*SCOPING, *PASSING}]
        return {result.check: result for result in run_checks(checks, visit.place)}
    finally:
        visit.finish()
        vendor.close()


def test_a_server_that_does_as_it_should_is_verified(upstream: tuple[str, str]) -> None:
    """Whatever its tools are called."""
    results = found(upstream, Habits())

    assert {name: result.told for name, result in results.items() if result.verdict != "verified"} == {}


@pytest.mark.parametrize(
    ("habits", "check", "told"),
    [
        (Habits(tries=2), "a_limit_is_met_once", "people makes one call and leaves it to the client to wait"),
        (Habits(says="sorry, wait 5 s"), "a_limit_is_passed_on_as_what_it_is", "people says that it is a limit"),
        (Habits(says="error 429"), "a_limit_is_passed_on_with_the_time_to_wait", "people says how long to wait"),
        (Habits(closes=False), "a_window_that_a_tool_opens_a_tool_closes", "no tool closes what unmask_person opens"),
    ],
)
def test_each_bad_habit_is_named_by_one_check(upstream: tuple[str, str], habits: Habits, check: str, told: str) -> None:
    """A call that is made again behind the client's back gets an answer: that the limit is not told follows from it."""
    results = found(upstream, habits)

    wrong = {name for name, result in results.items() if result.verdict != "verified"}
    assert check in wrong
    assert told in results[check].told
    assert len(wrong) == 1 or habits.tries > 1


def test_a_url_for_reads_that_shows_all_tools_departs(upstream: tuple[str, str]) -> None:
    """Both in what it lists and in what it would call."""
    results = found(upstream, Habits(), narrow=False)

    departed = {name: result.told for name, result in results.items() if result.verdict == "departed"}
    assert departed.keys() == {check.name for check in SCOPING}
    assert "unmask_person, end_unmasking" in departed[SCOPING[0].name]
