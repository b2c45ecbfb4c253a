"""A sandbox of its own, a browser of this machine at its console, and what can be done with both."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import orjson
from starlette.testclient import TestClient

from kustomer_sandbox.app import Sandbox, create_sandbox
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request

ORIGIN = "http://127.0.0.1:8700"
_PAGE = {"hx-request": "true", "sec-fetch-site": "same-origin"}


class ConsoleStage:
    """The demo world of a sandbox, seen and acted in through the console; texts are as a reader sees them."""

    def __init__(self, scenario: str = "demo") -> None:
        self.sandbox: Sandbox = create_sandbox(
            WorldSpec(name="demo", scenario=scenario), base_url=ORIGIN, is_shared=False
        )
        self.browser = TestClient(self.sandbox.app, base_url=ORIGIN, client=("127.0.0.1", 50_000))

    def page(self, area: str, *, world: str = "demo", **query: str) -> str:
        """An area's page, or one block of it."""
        answer = self.browser.get(f"/console/world/{world}/{area}", params=query)
        assert answer.status_code == 200
        return unescape(answer.text)

    def act(self, act: str, form: dict[str, str], *, target: str = "live", world: str = "demo") -> str:
        """What an act has come to."""
        headers = {**_PAGE, "hx-target": target}
        answer = self.browser.post(f"/console/world/{world}/{act}", data=form, headers=headers)
        assert answer.status_code == 200
        return unescape(answer.text)

    def rest(self, method: str, path: str, body: object = None, *, key: str = "") -> Any:
        """A call of the API, with the world's key; the answer's JSON."""
        headers = {"authorization": f"Bearer {key or self.sandbox.api_key}", "content-type": "application/json"}
        route, _, query = path.partition("?")
        data = b"" if body is None else orjson.dumps(body)
        reply = self.sandbox.api.handle(Request(method=method, path=route, query=query, headers=headers, body=data))
        return orjson.loads(reply.body) if reply.body else None

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A call of the control API; the answer's JSON."""
        answer = self.browser.request(method, f"/_sandbox{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


def told(text: str, label: str) -> str:
    """What is shown to be copied below a label."""
    found = re.search(rf'aria-label="{re.escape(label)}"><code>(.*?)</code>', text, re.DOTALL)
    assert found, text[:2000]
    return found.group(1)
