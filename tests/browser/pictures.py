"""The pictures of the console in the README, made anew: `python -m tests.browser.pictures`, then look at them.

What they show is played at a clock that stands still between the calls, so the same pages give the same pictures: git
tells which page looks otherwise than when its picture was taken. That of the MCP servers may differ by a shade.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from tests.browser.console_visit import ConsoleVisit, visiting
from tests.browser.running import browsing, call_tool, running

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HIGH, COLOURS = 1440, 860, 200
STEPS = cycle(("PT0.044S", "PT0.167S", "PT0.041S", "PT0.086S", "PT0.312S"))
"""What goes by between two calls."""


class Player:
    """Makes calls by the API and by tools, each a little later than the one before."""

    def __init__(self, http: httpx.Client, facts: dict[str, str]) -> None:
        self._http = http
        self._clock, self._mcp_url = f"/_sandbox/worlds/{facts['world']}/clock", facts["mcp_url"]

    def rest(self, method: str, path: str, body: object = None) -> Any:
        """A call of the API; gives the answer's `data`, if there is one."""
        self._wait()
        answer = self._http.request(method, path, json=body)
        return answer.json().get("data") if answer.content else None

    def tool(self, name: str, **arguments: str) -> None:
        self._wait()
        call_tool(self._mcp_url, name, arguments)

    def _wait(self) -> None:
        self._http.post(self._clock, json={"advance": next(STEPS)}).raise_for_status()


def play(player: Player) -> str:
    """An agent's work on Jane Doe's conversation: answered, masked, unmasked for a moment, refused. Gives her id."""
    customers = player.rest("GET", "/v1/customers?pageSize=12")
    for one in customers:
        player.rest("GET", f"/v1/customers/{one['id']}")
    for _ in range(14):
        player.rest("POST", "/v1/customers/search", {"queryContext": "customer"})
    for _ in range(30):
        player.rest("GET", "/v1/users/current")
    jane, _ = (player.rest("GET", "/v1/customers/email=jane.doe@example.com")["id"] for _ in range(2))
    player.tool("kustomer_customers_read_unmasked", customer_id=jane, reason="to verify the caller")
    found = player.rest("GET", f"/v1/customers/{jane}/conversations")
    conversation = next(one["id"] for one in found if one["attributes"]["name"] == "Please confirm my phone number")
    asked = {"body": "Asked her to confirm the number."}
    player.tool("create_a_kustomer_conversation_note", conversation_id=conversation, **asked)
    player.rest("POST", f"/v1/conversations/{conversation}/notes", {"body": "She will call back."})
    player.tool("get_single_kustomer_customer_by_id", id="6a0000000000000000000404")
    player.rest("POST", "/v1/customers", {"nme": 1})
    player.rest("POST", f"/v1/customers/{jane}/unmasking-windows")
    player.rest("DELETE", f"/v1/customers/{jane}/unmasking-windows")
    return str(jane)


def number_of(facts: dict[str, str], **wanted: str) -> int:
    """The newest entry of the journal that is such."""
    path = f"{facts['base_url']}/_sandbox/worlds/{facts['world']}/journal"
    page = httpx.get(path, params={**wanted, "newest": "true", "limit": 1}, timeout=30).raise_for_status().json()
    return int(page["entries"][-1]["seq"])


def choose_tools(visit: ConsoleVisit) -> None:
    """An MCP server is about to be made, for readers of customers and conversations."""
    page = visit.page
    page.fill("[name=name]", "Claude Omnichannel Agent")
    for name in ("kind.read", "tag.customers", "tag.conversations"):
        page.check(f"[name='{name}']")
    page.wait_for_function("() => !document.querySelector('#passing').innerText.includes('create_a_kustomer')")
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.evaluate("scrollBy(0, document.querySelector('#create-title').getBoundingClientRect().top - 64)")


def take(visit: ConsoleVisit, path: Path) -> None:
    """Keep what is seen of the page, half as large and in few colours."""
    seen = Image.open(io.BytesIO(visit.page.screenshot())).convert("RGB")
    picture = seen.resize((WIDTH // 2, HIGH // 2), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes\n")


def nothing(_: ConsoleVisit) -> None:
    """The page is as it is opened."""


def main(folder: Path = FOLDER) -> None:
    """Take them all."""
    with running("kustomer_sandbox", "up", "--port", "0", "--json", "--frozen") as facts, browsing() as chromium:
        headers = {"authorization": f"Bearer {facts['api_key']}"}
        with httpx.Client(base_url=facts["base_url"], headers=headers, timeout=30) as http:
            jane = play(Player(http, facts))
        refused = number_of(facts, status="404")
        noted = number_of(facts, operation="CreateNoteWithinConversation")
        pages: list[tuple[str, str, str, Callable[[ConsoleVisit], None]]] = [
            ("traffic", f"?entry={refused}", "light", nothing),
            ("limits", "", "dark", nothing),
            ("timeline", f"?customer={jane}&changed_by={noted}", "dark", nothing),
            ("mcp", "", "light", choose_tools),
        ]
        for area, query, scheme, prepare in pages:
            with visiting(chromium, facts["base_url"], facts["world"], scheme=scheme, height=HIGH) as visit:
                visit.open(area, query)
                prepare(visit)
                take(visit, folder / f"console-{area}.png")


if __name__ == "__main__":
    main()
