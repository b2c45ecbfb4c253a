"""The console's areas about agents: MCP servers are made and tried there, tasks are started, watched and judged."""

from __future__ import annotations

import re

import pytest

from tests.kustomer_sandbox.console_stage import ConsoleStage, told

LIST = "list_all_kustomer_customers"
ONCE = "MCP URL, shown this once"


@pytest.fixture(scope="module")
def stage() -> ConsoleStage:
    stage = ConsoleStage()
    stage.control("POST", "/worlds/demo/mcp")
    return stage


def server(stage: ConsoleStage) -> str:
    """The first MCP server's id."""
    found = re.search(r"\?server=([0-9a-f-]+)#tools", stage.page("mcp", block="live"))
    assert found
    return found.group(1)


def test_a_world_without_an_account_is_given_one() -> None:
    stage = ConsoleStage()
    stage.control("POST", "/worlds", {"name": "apart"})
    stage.browser.post(
        "/console/world/apart/mcp/connect", headers={"hx-request": "true", "sec-fetch-site": "same-origin"}
    )
    page = stage.browser.get("/console/world/apart/mcp").text
    assert "Browse its tools" in page
    assert "Give this world an MCP URL" not in page


def test_the_tools_that_pass_are_listed_with_their_cost_as_filters_are_chosen(stage: ConsoleStage) -> None:
    """Each as the management API lets it pass; nothing is made by it."""
    every, reads, few = (
        stage.page("mcp", block="passing", **query)
        for query in ({}, {"kind.read": "1", "tag.customers": "1"}, {"filter": "support"})
    )
    assert "create_a_kustomer_company" in every
    assert LIST in reads
    assert "create_a_kustomer" not in reads
    assert "39 tools pass" in few
    assert [bool(re.search(r"about [\d,]+ tokens", text)) for text in (every, reads, few)] == [True] * 3
    assert "leave one of them out" in stage.page("mcp", block="passing", methods="using_email", **{"tag.search": "1"})


def test_an_mcp_server_is_made_and_its_url_told_once(stage: ConsoleStage) -> None:
    """With what each client needs, ready to paste; then it is revoked."""
    form = {"name": "Readers", "kind.read": "1", "tag.customers": "1", "require_api_token_auth": "1", "expires_at": ""}
    said = stage.act("mcp/create", form)
    url = told(said, ONCE)
    assert url.startswith("http://127.0.0.1:8700/mcp/")
    assert url in told(said, "Claude Desktop, in claude_desktop_config.json")
    assert "KUSTOMER_API_TOKEN" in told(said, "Claude Code, as a command")
    assert '"methods": ["read"]' in said
    page = stage.page("mcp")
    assert url not in page
    assert "an API token" in page
    made = re.findall(r"\?server=([0-9a-f-]+)#tools", page)[-1]
    assert told(stage.act("mcp/rotate", {"server": made}), ONCE) != url
    assert "Its URL has ended" in stage.act("mcp/revoke", {"server": made})
    assert "Readers" not in stage.page("mcp", block="live")


def test_an_mcp_server_that_cannot_be_is_refused_with_words(stage: ConsoleStage) -> None:
    said = stage.act("mcp/create", {"name": "Past", "expires_at": "2020-01-01T00:00"})
    assert 'role="alert"' in said
    assert "at least 60 seconds ahead" in said


def test_a_tool_has_a_form_made_from_its_schema_and_is_run(stage: ConsoleStage) -> None:
    """The result is shown as a client gets it; the call is logged, and its value is not."""
    id = server(stage)
    form = stage.page("mcp", block="tool", server=id, tool=LIST)
    assert 'type="number" step="any" name="argument.limit"' in form
    said = stage.act("mcp/run", {"server": id, "tool": LIST, "argument.limit": "2"}, target="result")
    assert "isError: false" in said
    assert '"result_count": 2' in said
    assert '"arguments": {"limit": 2}' in said
    assert f"<code>{LIST}</code>" in stage.page("mcp", block="log")


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("get_single_kustomer_customer_by_id", {"argument.id": "6a0000000000000000000404"}, "isError: true"),
        (LIST, {"argument.fields": "[name"}, "fields is not valid JSON"),
        ("no_such_tool", {}, "no such tool"),
    ],
    ids=["refused by the API", "not JSON", "unknown"],
)
def test_a_tool_that_is_refused_says_why(stage: ConsoleStage, tool: str, arguments: dict[str, str], words: str) -> None:
    assert words in stage.act("mcp/run", {"server": server(stage), "tool": tool, **arguments}, target="result")


def test_tools_are_found_by_words(stage: ConsoleStage) -> None:
    found = stage.page("mcp", block="tools", server=server(stage), q="draft whatsapp")
    assert "create_a_kustomer_customer_whatsapp_draft" in found
    assert LIST not in found


def test_a_task_is_started_watched_and_judged(stage: ConsoleStage) -> None:
    """In a world of its own, whose URL is told once."""
    said = stage.act("scenarios/start", {"scenario": "verify-a-phone"})
    assert told(said, "The task").startswith("A caller says she is Jane Doe")
    assert told(said, ONCE) not in stage.page("scenarios")
    episode = stage.control("GET", "/episodes")[0]["episode"]
    assert f'href="/console/world/{episode}/traffic"' in said
    judged = stage.act("scenarios/grade", {"world": episode}, target="verdict")
    assert "not met" in judged
    assert f"GET /_sandbox/worlds/{episode}/grade" in judged
    assert "This world's task" in stage.browser.get(f"/console/world/{episode}/scenarios").text.replace("&#39;", "'")
    assert "has ended: failed" in stage.act("scenarios/end", {"world": episode})
    assert stage.control("GET", "/episodes") == []


def test_the_tasks_can_be_asked_for(stage: ConsoleStage) -> None:
    """What the page shows of them, everybody has."""
    tasks = {one["name"]: one for one in stage.control("GET", "/scenarios")}
    assert tasks["verify-a-phone"]["prompt"].startswith("A caller says")
    assert [len(one) for task in tasks.values() for one in task["criteria"]] == [1] * sum(
        len(task["criteria"]) for task in tasks.values()
    )
    assert "demo" not in tasks


def test_a_window_that_a_tool_opened_is_closed_with_its_lease(stage: ConsoleStage) -> None:
    """At once, and the audit trail says by whom."""
    customer = stage.rest("GET", "/v1/customers?pageSize=1")["data"][0]["id"]
    opener = "create_a_kustomer_customer_unmasking_window"
    form = {"server": server(stage), "tool": opener, "argument.customer_id": customer}
    assert "isError: false" in stage.act("mcp/run", form, target="result")
    assert f'id="close-{customer}"' in stage.page("windows")
    said = stage.act("windows/close", {"customer": customer})
    assert "and so is the lease" in said
    assert "closed by hand" in said
    assert "Every mask is on" in said


def test_a_tool_call_that_never_reached_the_api_is_shown_in_traffic(stage: ConsoleStage) -> None:
    """Once; open pages are told of it, as of every call of the MCP URL."""
    url = told(stage.act("mcp/create", {"name": "Refused", "expires_at": ""}), ONCE)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": LIST, "arguments": {"limit": "many"}}}
    accept = {"accept": "application/json, text/event-stream"}
    heard: list[str] = []
    with stage.browser, stage.sandbox.mcp.log.heard_by(lambda: heard.append("a call")):
        said = stage.browser.post(url.removeprefix("http://127.0.0.1:8700"), json=call, headers=accept).text
        page = stage.page("traffic", block="unreached")
    assert '"isError":true' in said
    assert heard == ["a call"]
    assert "by Refused" in page
