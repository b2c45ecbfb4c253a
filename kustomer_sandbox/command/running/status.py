"""What can be seen of a running sandbox through its control API."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote

from kustomer_sandbox.command.running.found import Running

_WAIT_SECONDS = 10.0
_OK = 200

Seen = dict[str, str | int | None]


def seen(running: Running, token: str) -> Seen:
    """Where it is, and how its world stands; None stands for what its control API does not tell to us."""
    world = str(running.facts["world"])
    below = f"/_sandbox/worlds/{quote(world)}"
    shown = _ask(running, below, token)
    journal = _ask(running, f"{below}/journal?limit=1", token)
    windows = _ask(running, f"{below}/windows", token)
    return {
        "base_url": running.facts["base_url"],
        "world": world,
        "version": running.version,
        "pid": running.pid,
        "now": shown and shown["now"],
        "clock": shown and shown["mode"],
        "calls": journal and journal["total"],
        "open_windows": None if windows is None else len(windows),
    }


def as_text(found: list[Seen]) -> str:
    """For people to read."""
    if not found:
        return "No sandbox runs here; `kustomer-sandbox up` starts one.\n"
    blocks = ["".join(f"{name:<14}{_word(value)}\n" for name, value in one.items()) for one in found]
    return "\n".join(blocks)


def _word(value: str | int | None) -> str:
    return "not told: its control API is closed, or asks for its token" if value is None else str(value)


def _ask(running: Running, path: str, token: str) -> Any:  # noqa: ANN401 - JSON
    status, answer = told_by(running, path, token)
    return answer if status == _OK else None


def told_by(running: Running, path: str, token: str) -> tuple[int, Any]:
    """What a running sandbox answers to a GET of its control API: status and JSON, 0 and None if it does not."""
    # The plain client of the standard library: no proxy of the environment comes in between.
    connection = http.client.HTTPConnection(running.host, running.port, timeout=_WAIT_SECONDS)
    try:
        connection.request("GET", path, headers={"authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()
