"""A browser at the console: what it did besides what was asked, how it looks, and whom it would shut out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

WAIT = 30_000
"""Milliseconds at most for anything a page does."""
SHOTS = Path(__file__).parents[2] / ".artefacts" / "console"
"""Where the screenshots of a run are kept, to be looked at."""
HIGH = 900

_STICKING_OUT = """() => [...document.querySelectorAll(".card:not(.table) .tag")]
    .filter(one => one.getBoundingClientRect().right > one.closest(".card").getBoundingClientRect().right)
    .map(one => one.outerHTML.slice(0, 200))"""
_NUMBER = """() => {
    const all = "a[href], button, input, select, textarea, summary, [tabindex='0']"
    const able = [...document.querySelectorAll(all)].filter(one => one.checkVisibility({visibilityProperty: true})
        && !one.disabled && one.type !== "hidden" && one.tabIndex >= 0
        && (one.type !== "radio" || one.checked))
    able.forEach((one, number) => { one.dataset.number = number })
    window.numbered = able.length
}"""
"""Number what can be acted on; of radio buttons the chosen one stands for all."""
_TURN = """() => {
    const one = document.activeElement, style = getComputedStyle(one)
    const isMarked = one === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none"
    return [one.dataset.number ?? "", isMarked]
}"""


@dataclass
class ConsoleVisit:
    """The open page; errors of its console, and requests to others."""

    page: Any
    base: str
    world: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, area: str, query: str = "") -> None:
        """Go to an area of the world, and wait until it listens for news."""
        with self.page.expect_request(lambda asked: "/live?" in asked.url):
            self.page.goto(f"{self.base}/console/world/{self.world}/{area}{query}")

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(wider))

    def sticking_out(self) -> list[str]:
        """What is wider than the card that it stands in."""
        found: list[str] = self.page.evaluate(_STICKING_OUT)
        return found

    def faults(self) -> list[str]:
        """What axe-core finds, of any impact."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']} ({one['impact']}): {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]

    def shot(self, name: str) -> None:
        """Keep what the whole page looks like."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def focused(self) -> str:
        """The words, or the name, of what has the focus."""
        words = "(document.activeElement.innerText || document.activeElement.name || '').trim()"
        return str(self.page.evaluate(words))

    def tab_to(self, words: str, *, most: int = 80) -> None:
        """Press Tab until something that begins with these words has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.focused().startswith(words):
                return
        raise AssertionError(f"no Tab leads to {words!r}")

    def out_of_reach(self) -> list[str]:
        """What can be acted on and is not come to by Tab, or has the focus without a mark of it."""
        self.page.evaluate(_NUMBER)
        left = {str(number) for number in range(self.page.evaluate("window.numbered"))}
        unmarked = set()
        for _ in range(2 * len(left) + 50):  # the parts of a date have a turn each
            self.page.keyboard.press("Tab")
            number, is_marked = self.page.evaluate(_TURN)
            left.discard(number)
            if not is_marked:
                unmarked.add(number)
            if not left:
                break
        what = "number => document.querySelector(`[data-number='${number}']`).outerHTML.slice(0, 200)"
        return [self.page.evaluate(what, number) for number in (*left, *unmarked)]


@contextmanager
def visiting(
    chromium: Any, base: str, world: str, *, scheme: str = "light", width: int = 1440, height: int = HIGH
) -> Iterator[ConsoleVisit]:
    """A new browser's page; at the end it must have called nobody else and had no error."""
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(WAIT)
    visit = ConsoleVisit(page, base, world)
    page.on("console", lambda said: visit.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("request", lambda asked: visit.strangers.append(asked.url) if not asked.url.startswith(base) else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield visit
    context.close()
    assert (visit.errors, visit.strangers) == ([], []), (visit.errors, visit.strangers)
