"""The console in a real browser: each area, light and dark, wide and narrow, by mouse and by keyboard alone, live."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from kustomer_sandbox.web.console.areas.table import AREAS
from tests.browser.console_visit import ConsoleVisit, visiting
from tests.browser.running import call_tool, running
from tests.conftest import FIGURE

NAMES = [area.name for area in AREAS]
LOOKS = [("light", 1440), ("dark", 1440), ("light", 360), ("dark", 360)]
HOSTILE = "<img src=x onerror=alert(1)>\u202e\u2066" + "x" * 5_000
ROUNDS = 5


@pytest.fixture(scope="module")
def owner(facts: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with the world's key, whose world has seen some of everything."""
    headers = {"Authorization": f"Bearer {facts['api_key']}"}
    with httpx.Client(base_url=facts["base_url"], headers=headers, timeout=30) as client:
        play(client, facts)
        yield client


def play(client: httpx.Client, facts: dict[str, str]) -> None:
    """Calls of each kind: answered, refused, masked, hostile, of a tool, with a fault."""
    control = f"/_sandbox/worlds/{facts['world']}"
    client.post(f"{control}/snapshots").raise_for_status()
    client.post(f"{control}/recording").raise_for_status()
    customers = [one["id"] for one in client.get("/v1/customers?pageSize=3").json()["data"]]
    for id in customers:
        client.get(f"/v1/customers/{id}")
    client.post("/v1/customers", json={"nme": 1})
    for id in customers[:2]:
        client.post(f"/v1/customers/{id}/unmasking-windows").raise_for_status()
        client.get(f"/v1/customers/{id}")
    client.delete(f"/v1/customers/{customers[1]}/unmasking-windows").raise_for_status()
    client.post("/v1/customers", json={"name": HOSTILE[:250]}).raise_for_status()
    client.get(f"/v1/customers/{customers[0]}", params={HOSTILE[:100]: "1"})
    call_tool(facts["mcp_url"], "list_all_kustomer_customers", {"limit": 3})
    armed = {"match": {"operation": "GetCustomers"}, "fault": {"kind": "status", "status": 503}, "times": 2}
    client.post(f"{control}/faults", json=armed).raise_for_status()
    client.get("/v1/customers")


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(("scheme", "width"), LOOKS, ids=[f"{scheme}-{width}" for scheme, width in LOOKS])
@pytest.mark.parametrize("area", NAMES)
def test_an_area_is_readable_by_everyone(
    chromium: Any, facts: dict[str, str], area: str, scheme: str, width: int
) -> None:
    """No fault that axe-core knows, nothing wider than the window, nothing from elsewhere; its picture is kept."""
    queries = {"traffic": "?entry=5", "world": "?from=snapshot-1"}
    with visiting(chromium, facts["base_url"], facts["world"], scheme=scheme, width=width) as visit:
        visit.open(area, queries.get(area, ""))
        visit.shot(f"{area}-{scheme}-{width}")

        assert (visit.overflow(), visit.sticking_out(), visit.faults()) == (0, [], [])


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)], ids=["wide", "narrow"])
def test_the_start_is_readable_by_everyone(chromium: Any, facts: dict[str, str], scheme: str, width: int) -> None:
    with visiting(chromium, facts["base_url"], facts["world"], scheme=scheme, width=width) as visit:
        visit.page.goto(facts["base_url"])
        visit.shot(f"start-{scheme}-{width}")

        assert (visit.overflow(), visit.faults()) == (0, [])


def test_a_call_shows_up_while_the_page_is_open(chromium: Any, facts: dict[str, str], owner: httpx.Client) -> None:
    """Its trace is one click away, and so is the same call again."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        visit.open("traffic")
        owner.get("/v1/customers/6a0000000000000000000404")
        newest = visit.page.locator(".row").first
        newest.locator("text=6a0000000000000000000404").wait_for()
        newest.locator("a").click()
        visit.page.locator("#trace .steps").wait_for()
        assert "404" in visit.page.locator("#trace").inner_text()
        visit.page.locator("#trace button:has-text('Replay')").click()
        visit.page.locator("#said:has-text('was answered with 404')").wait_for()


def test_other_areas_are_made_anew_when_something_happened(
    chromium: Any, facts: dict[str, str], owner: httpx.Client
) -> None:
    """By a call of the API, and by one of the control API, which no journal notes."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        visit.open("limits")
        before = visit.page.locator(".gauge .big").first.inner_text()
        owner.get("/v1/users/current")
        visit.page.wait_for_function("before => document.querySelector('.gauge .big').innerText !== before", arg=before)
        visit.open("world")
        made = owner.post(f"/_sandbox/worlds/{facts['world']}/snapshots").json()["id"]
        visit.page.locator(f"th:has-text('{made}')").wait_for()


def test_everything_can_be_done_by_keyboard(chromium: Any, facts: dict[str, str]) -> None:
    """From the top of the page: over the skip link, to an area, to a call's trace; and the clock is moved."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        visit.open("world")
        visit.tab_to("Skip to the content", most=1)
        visit.page.keyboard.press("Enter")
        visit.tab_to("Take a snapshot")
        visit.page.keyboard.press("Enter")
        visit.page.locator("#said:has-text('Kept as')").wait_for()
        visit.tab_to("+ 1 minute")
        visit.page.keyboard.press("Enter")
        visit.page.locator('#said:has-text("The world\'s time is")').wait_for()
        visit.open("limits")
        visit.tab_to("Traffic")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/traffic")
        visit.tab_to("#")
        visit.page.keyboard.press("Enter")
        visit.page.locator("#trace .card").wait_for()


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("area", NAMES)
def test_all_of_an_area_is_within_reach_of_the_tab_key(chromium: Any, facts: dict[str, str], area: str) -> None:
    """Whatever can be clicked, filled in or opened has its turn, and is seen to have it."""
    with visiting(chromium, facts["base_url"], facts["world"]) as visit:
        visit.open(area)
        assert visit.out_of_reach() == []


@pytest.fixture(scope="module")
def large() -> Iterator[dict[str, str]]:
    """A sandbox with 100,000 conversations, whose journal is full."""
    with running("tests.browser.large_sandbox", "0") as facts:
        yield facts


def test_a_large_world_is_told_how_fast(
    chromium: Any, large: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    """Milliseconds to the first content of each area, and from a call to its row; reported, and not judged here."""
    headers = {"Authorization": f"Bearer {large['api_key']}"}
    with visiting(chromium, large["base_url"], large["world"]) as visit, httpx.Client(headers=headers) as client:
        visit.open("traffic")  # the pages are made when the first is asked for
        for area in NAMES:
            visit.open(area)
            record_property(FIGURE, f"console, {area}: first content after {_first_content(visit):.0f} ms")
        visit.open("traffic")
        waits = [_until_shown(visit, client, large["base_url"], number) for number in range(ROUNDS)]
        record_property(FIGURE, f"console, a call is shown after {statistics.median(waits):.0f} ms (median)")
    assert waits


def _first_content(visit: ConsoleVisit) -> float:
    paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
    return float(visit.page.evaluate(f"new Promise(done => setTimeout(() => done({paint}), 200))"))


def _until_shown(visit: ConsoleVisit, client: httpx.Client, base: str, number: int) -> float:
    id = f"6a{number:022d}"
    client.get(f"{base}/v1/customers/{id}")
    begun = time.perf_counter()
    visit.page.locator(f".row:has-text('{id}')").first.wait_for()
    return 1000 * (time.perf_counter() - begun)
