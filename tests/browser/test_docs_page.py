"""The page at `/docs` in a real browser, light and dark: filtered, and tried as it is prefilled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

WAIT = 30_000
"""Milliseconds at most for anything the page does."""
TRIED = [
    "CreateCustomer",
    "UpdateCustomerAttributes",
    "CreateConversation",
    "AppendTagsToConversation",
    "RemoveTagsFromConversation",
    "CreateSmsDraftByCustomer",
    "CreateMessageFromConversation",
    "CreateKObject",
    "UpdateCustomAttributeMetadata",
    "CustomerSearch",
    "change_clock__sandbox_worlds__world__clock_post",
    "api_token_api_token_post",
]
"""Ten operations of the API with bodies, and one each of control and management."""


@dataclass
class Visit:
    """The open page, and what it did besides what was asked: errors of its console, requests to others."""

    page: Any
    base: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def filter(self, words: str) -> None:
        """Type into the filter box."""
        self.page.fill(".operation-filter-input", words)

    def operations(self) -> Any:
        return self.page.locator(".opblock")

    def try_out(self, id: str) -> int:
        """Find an operation, open it, press Execute, and read the status of the answer."""
        self.filter(id)
        block = self.page.locator(f'.opblock[id$="-{id}"]').first
        block.locator(".opblock-summary-control").click()
        block.locator("button.execute").click()
        status = block.locator(".live-responses-table tbody td.response-col_status").first
        status.wait_for()
        code = int(status.inner_text().split()[0])
        block.locator(".opblock-summary-control").click()
        return code


@pytest.fixture(params=["light", "dark"])
def visit(request: pytest.FixtureRequest, chromium: Any, facts: dict[str, str]) -> Iterator[Visit]:
    """The page, opened in a world as it was at the start; it must have called nobody else and had no error."""
    base = facts["base_url"]
    httpx.post(f"{base}/_sandbox/worlds/{facts['world']}/reset").raise_for_status()
    context = chromium.new_context(color_scheme=request.param)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    found = Visit(page, base)
    page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("request", lambda asked: found.strangers.append(asked.url) if not _is_own(asked.url, base) else None)
    page.goto(f"{base}/docs")
    found.operations().first.wait_for()
    yield found
    context.close()
    assert (found.errors, found.strangers) == ([], [])


def _is_own(url: str, base: str) -> bool:
    return url.startswith((f"{base}/", "data:", "blob:"))


def test_it_is_light_or_dark_as_the_system_is(visit: Visit, request: pytest.FixtureRequest) -> None:
    """By the colour that is seen: behind the page and of its words."""
    shade = "selector => getComputedStyle(document.querySelector(selector)).{}.match(/[0-9]+/g).slice(0, 3).map(Number)"
    behind = sum(visit.page.evaluate(shade.format("backgroundColor"), "body"))
    words = sum(visit.page.evaluate(shade.format("color"), ".opblock-summary-description"))
    is_dark = "dark" in request.node.callspec.id

    assert (behind < 200, words > 400) == (is_dark, is_dark)


def test_the_filter_looks_at_every_word(visit: Visit) -> None:
    """Path, method, id and summary, in any order; an empty box shows everything again."""
    every = visit.operations().count()
    counts = {}
    for words in ("post drafts sms", "CreateSmsDraftByCustomer", "no such words"):
        visit.filter(words)
        visit.page.wait_for_function("count => document.querySelectorAll('.opblock').length < count", arg=every)
        counts[words] = visit.operations().count()
    visit.filter("")
    visit.page.wait_for_function("count => document.querySelectorAll('.opblock').length === count", arg=every)

    assert every > 100
    assert counts == {"post drafts sms": 1, "CreateSmsDraftByCustomer": 1, "no such words": 0}


def test_operations_succeed_as_they_are_prefilled(visit: Visit) -> None:
    """Nothing is typed but the filter: key, path and body are there."""
    codes = {id: visit.try_out(id) for id in TRIED}

    assert {id: code for id, code in codes.items() if code // 100 != 2} == {}
