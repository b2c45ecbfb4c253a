"""The contact page of `tests/programs` in a real browser: what is typed into its forms arrives in the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tests.programs.form_page import page

SAID = {"name": "Zoë O'Hara & Co", "email": "zoe@example.com", "message": "Where is it?\nIt was due on Monday: 100%."}
PHOTO = {"name": "párcel.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n--not a boundary\r\n"}


@pytest.fixture
def owner(facts: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with the world's key; the world is as it was at the start."""
    with httpx.Client(base_url=facts["base_url"], headers={"Authorization": f"Bearer {facts['api_key']}"}) as client:
        client.post(f"/_sandbox/worlds/{facts['world']}/reset").raise_for_status()
        yield client


@pytest.fixture
def site(owner: httpx.Client) -> Iterator[str]:
    """The address of a web site of another origin, whose contact page posts to a form hook."""
    hook = owner.get("/v1/hooks/form").json()["data"][0]["attributes"]["url"]
    text = page(str(owner.base_url.join(hook.partition(".kustomerapp.com")[2])))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("form", ["plain", "photo"])
def test_a_form_that_is_filled_in_becomes_a_conversation(
    chromium: Any, site: str, owner: httpx.Client, form: str
) -> None:
    """The browser itself encodes, and asks nobody first: a form needs no leave."""
    visited = chromium.new_page()
    visited.goto(site)
    for name, value in SAID.items():
        visited.fill(f"#{form} [name={name}]", value)
    if form == "photo":
        visited.set_input_files("#photo [name=photo]", files=[PHOTO])
    with visited.expect_response("**/v1/hooks/form/**") as answered:
        visited.click(f"#{form} button")
    visited.close()

    assert answered.value.status == 200
    customer = owner.get("/v1/customers/email=zoe@example.com").json()["data"]
    [conversation] = owner.get(f"/v1/customers/{customer['id']}/conversations").json()["data"]
    [message] = owner.get(f"/v1/conversations/{conversation['id']}/messages").json()["data"]
    assert customer["attributes"]["name"] == SAID["name"]
    assert message["attributes"]["preview"].splitlines() == SAID["message"].splitlines()
