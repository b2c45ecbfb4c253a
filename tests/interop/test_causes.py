"""Every REST call tells which tool call it acts for, so that the API's journal can be read beside the tool-call log."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest

from kustomer_sandbox.mcp_server.state.call_log import CallLogLine
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from tests.interop.in_process import Tools, tools_of

BY_EMAIL = "kustomer_customers_using_email"
TEAMS = "list_all_kustomer_teams"
UNMASKED = "kustomer_customers_read_unmasked"
JANE = {"email": "jane.doe@example.com"}


@pytest.fixture
def tools(shared_api: Api, request: pytest.FixtureRequest) -> Tools:
    return tools_of(shared_api, WorldSpec(name=request.node.nodeid, scenario="demo", plan="ultimate"))


def logged(tools: Tools) -> list[CallLogLine]:
    """The tool-call log, oldest first."""
    now = tools.server.clock.now()
    found = tools.server.log.find(now - timedelta(hours=1), now + timedelta(hours=1), filters={}, limit=100)
    return [line for _, line in reversed(found)]


def test_the_journal_links_every_rest_call_to_its_tool_call(tools: Tools) -> None:
    """One tool call is three REST calls here; a grader must be able to tell them from those of another."""

    async def play() -> None:
        jane = await tools.call(BY_EMAIL, JANE)
        await tools.call(UNMASKED, {"customer_id": jane.document["id"], "reason": "verify the phone number"})

    anyio.run(play)
    by_email, unmasked = logged(tools)
    assert [(entry.tool, entry.call, entry.method) for entry in tools.world.journal.entries] == [
        (BY_EMAIL, by_email.call_id, "GET"),
        *((UNMASKED, unmasked.call_id, method) for method in ("POST", "GET", "DELETE")),
    ]
    assert by_email.call_id != unmasked.call_id


def test_a_fault_armed_for_a_tool_meets_only_that_tool(tools: Tools) -> None:
    """The way to test what an agent does when one of its tools fails."""
    tools.world.faults.arm(FaultMatch(tool=TEAMS), Status(status=503))

    async def play() -> list[int | None]:
        return [(await tools.call(*call)).upstream_status for call in ((BY_EMAIL, JANE), (TEAMS, {}), (TEAMS, {}))]

    assert anyio.run(play) == [200, 503, 200]
