"""The two scenarios of the beginning, worked on by a scripted agent while somebody watches in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from kustomer_sandbox.grading.arena import ToolCaller
from tests.browser.console_visit import HIGH, ConsoleVisit, visiting
from tests.browser.running import call_tool
from tests.grading.runs import article


@dataclass(frozen=True, kw_only=True)
class ToolsOverMcp:
    """A run's tools, called through its MCP URL as any client calls them."""

    url: str

    def __call__(self, tool: str, given: dict[str, Any] | None = None, /, **arguments: Any) -> dict[str, Any]:
        answer = call_tool(self.url, tool, {**(given or {}), **arguments})
        assert not answer["isError"], answer
        found: dict[str, Any] = answer["structuredContent"]
        return found


@contextmanager
def started(chromium: Any, facts: dict[str, str], scenario: str) -> Iterator[tuple[ConsoleVisit, ToolCaller]]:
    """A run begun by its button, watched in Traffic; and its tools."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        page = visit.page
        visit.open("scenarios")
        page.click(f"#start-{scenario}")
        page.locator("#said:has-text('has begun')").wait_for()
        url = page.locator("[aria-label='MCP URL, shown this once']").inner_text().strip()
        run = page.locator("#said").inner_text().split(" has begun")[0].split()[-1]
        visit.world = run
        visit.open("traffic")
        yield visit, cast("ToolCaller", ToolsOverMcp(url=url))


def seen(visit: ConsoleVisit, tool: str) -> Any:
    """The row of the newest call that a tool has made, once it is there."""
    row = visit.page.locator(f".row:has-text('{tool}')").first
    row.wait_for()
    return row


def graded(visit: ConsoleVisit) -> None:
    """Every criterion is met, the page says, and nobody is shut out of it."""
    visit.open("scenarios")
    visit.page.locator("#here").wait_for()
    visit.page.click(f"#grade-{visit.world}")
    visit.page.locator("#said:has-text('passes: 7 of 7 criteria are met')").wait_for()
    assert visit.faults() == []


def test_a_number_is_verified_while_one_watches(chromium: Any, facts: dict[str, str]) -> None:
    """The window shows up with the tool that opened it, is seen to close, and the run passes."""
    with started(chromium, facts, "verify-a-phone") as (visit, tools):
        article.opens(tools)
        seen(visit, "create_a_kustomer_customer_unmasking_window").locator("a").first.click()
        trace = visit.page.locator("#trace:has-text('CreateUnmaskingWindowByCustomer')")
        trace.wait_for()
        assert "create_a_kustomer_customer_unmasking_window" in trace.inner_text()  # the tool call that caused it
        assert visit.faults() == []
        visit.open("windows")
        visit.page.locator("section[aria-labelledby=open] .card", has_text="open, ends").wait_for()
        article.reads(tools)
        visit.page.locator("section[aria-labelledby=open] summary:has-text('1 read')").wait_for()
        visit.shot("scenario-verify-window-open")
        visit.page.set_viewport_size({"width": 360, "height": HIGH})
        assert visit.overflow() == 0  # the tool's long name
        visit.page.set_viewport_size({"width": 1440, "height": HIGH})
        assert visit.sticking_out() == []
        article.closes(tools)
        visit.page.locator("section[aria-labelledby=open]:has-text('Every mask is on')").wait_for()
        visit.page.locator("section[aria-labelledby=leases] td:has-text('closed')").first.wait_for()
        assert visit.faults() == []
        article.VERIFIED(tools)
        graded(visit)


def test_an_urgent_conversation_is_escalated_while_one_watches(chromium: Any, facts: dict[str, str]) -> None:
    """The draft is drawn with its buttons while it waits, stands in the conversation, and the run passes."""
    with started(chromium, facts, "escalate-the-newest-urgent") as (visit, tools):
        visit.open("drafts")
        article.buttons(tools)
        card = visit.page.locator("section[aria-labelledby=waiting] .card")
        card.wait_for()
        assert all(button in card.inner_text() for button in ("Tonight", "Tomorrow", "Refund"))
        visit.shot("scenario-escalate-draft")
        assert visit.faults() == []
        visit.open("traffic")
        article.HANDED_OVER(tools)
        seen(visit, "update_a_kustomer_conversation_by_id")
        graded(visit)
