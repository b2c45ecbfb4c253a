"""Walks through the console in a real browser: an MCP server is made and its tools run, a draft sent, a task judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser.console_visit import ConsoleVisit, visiting
from tests.browser.running import call_tool

HOSTILE = "<img src=x onerror=alert(1)>\u202e\u2066" + "x" * 5_000
LOOKS = [("light", 1440), ("dark", 360)]
CUSTOMER = "tests-hostile"


@pytest.fixture(scope="module")
def owner(facts: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with the world's key, in whose world a customer has a hostile name, draft and KObject."""
    headers = {"Authorization": f"Bearer {facts['api_key']}"}
    with httpx.Client(base_url=facts["base_url"], headers=headers, timeout=30) as client:
        person = {"name": HOSTILE[:250], "externalId": CUSTOMER}
        customer = client.post("/v1/customers", json=person).raise_for_status().json()["data"]["id"]
        base = f"/v1/customers/{customer}"
        client.post(f"{base}/klasses/order", json={"title": HOSTILE, "custom": {"orderNumberStr": HOSTILE}})
        client.post(f"{base}/drafts", json={"channel": "note", "body": HOSTILE}).raise_for_status()
        meta = {"interactive": {"type": "button", "body": {"text": HOSTILE[:1000]}, "action": {"buttons": [button()]}}}
        client.post(f"{base}/drafts", json={"channel": "whatsapp", "app": "whatsapp", "meta": meta}).raise_for_status()
        yield client


def button() -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": "here", "title": HOSTILE[:20]}}


@pytest.mark.parametrize(("scheme", "width"), LOOKS, ids=["wide", "narrow"])
@pytest.mark.parametrize("area", ["timeline", "drafts"])
def test_hostile_words_break_nothing(
    chromium: Any, facts: dict[str, str], owner: httpx.Client, area: str, scheme: str, width: int
) -> None:
    """They are text, and no wider than the window."""
    id = owner.get(f"/v1/customers/externalId={CUSTOMER}").json()["data"]["id"]
    with visiting(chromium, facts["base_url"], facts["world"], scheme=scheme, width=width) as visit:
        visit.open(area, f"?customer={id}&changed_by=1")
        visit.shot(f"{area}-hostile-{scheme}-{width}")
        assert (visit.overflow(), visit.page.locator("main img").count(), visit.faults()) == (0, 0, [])


@pytest.mark.parametrize(("scheme", "width"), LOOKS, ids=["wide", "narrow"])
def test_an_mcp_server_is_made_tried_and_revoked(chromium: Any, facts: dict[str, str], scheme: str, width: int) -> None:
    """The list follows the filters; the URL is copied once; a tool answers below its form, and stands in the log."""
    with visiting(chromium, facts["base_url"], facts["world"], scheme=scheme, width=width) as visit:
        page = visit.page
        visit.open("mcp")
        page.locator("#passing:has-text('create_a_kustomer_company')").wait_for()
        page.check("[name='kind.read']")
        page.check("[name='tag.customers']")
        page.wait_for_function("() => !document.querySelector('#passing').innerText.includes('create_a_kustomer')")
        name = f"Readers {width}"
        page.fill("[name=name]", name)
        page.click("#create button.main")
        page.locator("#said:has-text('shown this once')").wait_for()
        assert visit.faults() == []
        page.locator(f".card:has(h3:has-text('{name}')) >> text=Browse its tools").click()
        page.fill("[name=q]", "list customers")
        page.locator("#tools a:has-text('list_all_kustomer_customers')").first.click()
        page.fill("[name='argument.limit']", "2")
        page.click("#run")
        page.locator("#result:has-text('isError: false')").wait_for()
        page.locator("#log:has-text('list_all_kustomer_customers')").wait_for()
        visit.shot(f"mcp-tool-{scheme}-{width}")
        assert (visit.overflow(), visit.faults()) == (0, [])
        page.locator(f".card:has(h3:has-text('{name}')) >> text=Revoke").click()
        page.locator("#said:has-text('Its URL has ended')").wait_for()


def test_a_draft_is_edited_and_sent_while_the_world_goes_on(
    chromium: Any, facts: dict[str, str], owner: httpx.Client
) -> None:
    """What is being typed is not lost when something else happens."""
    customer = owner.get("/v1/customers?pageSize=1").json()["data"][0]["id"]
    said = {"channel": "chat", "body": "We will write."}
    draft = owner.post(f"/v1/customers/{customer}/drafts", json=said).raise_for_status().json()["data"]["id"]
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        page = visit.page
        visit.open("drafts")
        page.click(f"#change-{draft} summary")
        page.fill(f"#change-{draft} textarea", "We will write today.")
        other = owner.post(f"/v1/customers/{customer}/drafts", json=said).json()["data"]["id"]
        page.locator(f"#approve-{other}").wait_for()
        assert page.input_value(f"#change-{draft} textarea") == "We will write today."
        page.click(f"#change-{draft} button:has-text('Keep this text')")
        page.locator("#said:has-text('The draft says so now')").wait_for()
        page.click(f"#approve-{draft}")
        page.locator("#said:has-text('It is sent')").wait_for()
        page.goto(f"{facts['base_url']}/console/world/{facts['world']}/timeline?customer={customer}")
        page.locator(".item.draft", has_text="We will write.").first.wait_for()


def test_a_task_is_started_watched_and_judged(chromium: Any, facts: dict[str, str]) -> None:
    """The agent's calls are shown as they come; its verdict is a button away. All of it by keyboard."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        page = visit.page
        visit.open("scenarios")
        focus(visit, "#start-verify-a-phone")
        page.keyboard.press("Enter")
        page.locator("#said:has-text('has begun')").wait_for()
        url = page.locator("[aria-label='MCP URL, shown this once']").inner_text().strip()
        visit.tab_to("Watch")
        page.keyboard.press("Enter")
        page.wait_for_url("**/traffic")
        call_tool(url, "list_all_kustomer_tags")
        page.locator(".row:has-text('list_all_kustomer_tags')").first.wait_for()
        page.go_back()
        page.locator("button:has-text('Grade')").first.click()
        page.locator("#verdict:has-text('not met')").wait_for()
        assert visit.faults() == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS, ids=["wide", "narrow"])
def test_what_waits_for_calls_is_counted_and_taken_back(
    chromium: Any, facts: dict[str, str], owner: httpx.Client, scheme: str, width: int
) -> None:
    """A fault from the second call on, and a move of the world before the third: each call shows on the open page."""
    world = owner.post("/_sandbox/worlds", json={"name": f"waiting-{width}"}).raise_for_status().json()
    key = {"Authorization": f"Bearer {world['api_key']}"}
    with visiting(chromium, facts["base_url"], world["name"], scheme=scheme, width=width) as visit:
        page = visit.page
        visit.open("world")
        fill(visit, "arm", nth="2", operation="GetTeams")
        page.locator("#said:has-text('fault-1 is armed')").wait_for()
        fill(visit, "tie", nth="3", operation="GetTeams", do='{"plan": "professional"}')
        page.locator("#said:has-text('when-1 waits')").wait_for()
        owner.get("/v1/teams", headers=key)
        page.locator("[aria-labelledby=faults]:has-text('from number 2 on, 1 seen')").wait_for()
        page.locator("[aria-labelledby=to-happen]:has-text('from number 3 on, 1 seen')").wait_for()
        visit.shot(f"world-waiting-{scheme}-{width}")
        assert (visit.overflow(), visit.sticking_out(), visit.faults()) == (0, [], [])
        page.click("#disarm-fault-1")
        page.locator("#said:has-text('fault-1 is disarmed')").wait_for()
        page.click("#call-off-when-1")
        page.locator("[aria-labelledby=to-happen]:has-text('Nothing is to happen')").wait_for()


def test_the_start_of_a_run_is_not_offered_to_be_forgotten(chromium: Any, facts: dict[str, str]) -> None:
    """Every button that the page of a run's snapshots offers does what it says."""
    run = httpx.post(f"{facts['base_url']}/_sandbox/episodes", json={"scenario": "verify-a-phone"}, timeout=30).json()
    with visiting(chromium, facts["base_url"], run["episode"]) as visit:
        page = visit.page
        visit.open("world")
        page.click("#snapshot")
        page.click("#forget-snapshot-2")
        page.locator("#said:has-text('snapshot-2 is forgotten')").wait_for()
        page.locator("tr:has-text('snapshot-1'):has-text('The run began here')").wait_for()
        assert page.locator("[id^=forget-]").count() == 0
        assert visit.faults() == []


def test_tool_calls_that_never_reached_the_api_are_told_in_traffic(chromium: Any, facts: dict[str, str]) -> None:
    """While the page is open; who has unfolded them keeps them so."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        page = visit.page
        visit.open("traffic")
        call_tool(facts["mcp_url"], "get_single_kustomer_customer_by_id")  # without its id
        page.locator("#never-reached summary").click()
        told = page.locator("#never-reached li:has-text('get_single_kustomer_customer_by_id')")
        told.first.wait_for()
        before = told.count()
        call_tool(facts["mcp_url"], "get_single_kustomer_customer_by_id")
        told.nth(before).wait_for()
        assert (visit.faults(), visit.overflow()) == ([], 0)


def test_rules_are_found_as_one_types(chromium: Any, facts: dict[str, str]) -> None:
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        visit.open("fidelity")
        visit.page.fill("[name=q]", "draft-sent-at-once")
        visit.page.wait_for_function("() => !document.querySelector('#ledger').innerText.includes('key-needed')")
        visit.page.fill("[name=operation]", "/v1/drafts/{id}")
        visit.page.locator("#operations:has-text('delete_a_kustomer_draft_by_id')").wait_for()


def fill(visit: ConsoleVisit, act: str, **fields: str) -> None:
    """Fill the form of an act in, and press its button."""
    form = visit.page.locator(f"form[hx-post$='/{act}']")
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button.main").click()


def focus(visit: ConsoleVisit, selector: str) -> None:
    visit.page.locator(selector).focus()
