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


@contextmanager
def visiting(
    chromium: Any, base: str, world: str, *, scheme: str = "light", width: int = 1440
) -> Iterator[ConsoleVisit]:
    """A new browser's page; at the end it must have called nobody else and had no error."""
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": HIGH})
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
