"""What a web page in the developer's browser, or a caller beyond a tunnel, may do to a sandbox: nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.serving import listen
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.control.access_rules import Access, forwarded
from kustomer_sandbox.testkit.server.thread import KustomerServer

COMMAND = [sys.executable, "-m", "kustomer_sandbox"]
PUBLIC = "https://sandbox.example.com"
TOKEN = "a-token-of-the-control"
WORLD = "/_sandbox/worlds/empty"


@contextmanager
def started(*options: str, command: str = "up", token: str = "") -> Iterator[dict[str, str]]:
    """The ready line of a sandbox with an empty world; `here` is where it listens."""
    line = [*COMMAND, command, "--port", "0", "--scenario", "empty", *options, "--json"]
    environment = {"KUSTOMER_SANDBOX_CONTROL_TOKEN": token} if token else {}
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, str]]:
    """One running sandbox, as `up` starts it without options."""
    with started() as ready:
        yield ready


PAGES = {
    "a form of another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "an older browser": {"origin": "https://evil.example"},
    "a frame in a sandbox": {"origin": "null"},
    "an image of another site": {"sec-fetch-site": "cross-site"},
    "another server of this machine": {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-site"},
    "a name that only begins like ours": {"origin": "http://127.0.0.1.evil.example"},
    "an extension of the browser": {"origin": "chrome-extension://abcdefgh"},
    "two origins": {"origin": "https://evil.example, http://127.0.0.1"},
}
TARGETS = {
    "the start page": ("GET", "/"),
    "the documents": ("GET", "/docs"),
    "the control, to read": ("GET", WORLD),
    "the control, to write": ("POST", f"{WORLD}/reset"),
    "the management API": ("POST", "/integrated-account/empty/mcp"),
    "its log": ("GET", "/log"),
    "its tokens": ("POST", "/api-token"),
}


@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize(("method", "path"), TARGETS.values(), ids=TARGETS)
def test_no_page_of_another_site_is_answered(
    facts: dict[str, str], method: str, path: str, headers: dict[str, str]
) -> None:
    """A form can be sent to this machine by any page, and a reset needs neither a body nor a key."""
    answer = httpx.request(method, facts["base_url"] + path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/json")
    assert "evil" not in answer.text


@pytest.mark.parametrize(("method", "path"), TARGETS.values(), ids=TARGETS)
def test_the_sandboxs_own_page_is_answered(facts: dict[str, str], method: str, path: str) -> None:
    """The documents try calls out from the browser, and must go on to."""
    base = facts["base_url"]
    headers = {"origin": base, "sec-fetch-site": "same-origin", "authorization": f"Bearer {facts['api_token']}"}
    answer = httpx.request(method, base + path, headers=headers, json={"name": "mine"} if method == "POST" else None)
    assert answer.status_code in {200, 201}


def test_a_refusal_has_the_form_of_what_was_called(facts: dict[str, str]) -> None:
    """Scripts read refusals; each API has one form for them."""
    base, foreign = facts["base_url"], {"origin": "https://evil.example"}
    control = httpx.post(f"{base}{WORLD}/reset", headers=foreign).json()
    assert control["errors"][0]["code"] == "forbidden"
    management = httpx.get(f"{base}/log", headers=foreign).json()
    assert (management["statusCode"], management["truto_is_remote_error"]) == (403, False)


NAMES = {
    "127.0.0.1": True, "localhost:1": True, "LOCALHOST": True, "[::1]:8700": True, "127.9.9.9": True,
    "api.kustomerapp.com": True, "acme.api.kustomerapp.com:443": True, "box": True, "box:9000": True,
    "evil.example": False, "localhost.evil.example": False, "127.0.0.1.evil.example": False, "box.evil.example": False,
    "kustomerapp.com.evil.example": False, "evilkustomerapp.com": False, "evil@localhost": False, "": False,
    "localhost:8700:1": False, "192.168.1.7": False, "localhost/": False, "[::1": False,
}  # fmt: skip


@pytest.mark.parametrize(("host", "known"), NAMES.items(), ids=lambda value: str(value) or "none")
@pytest.mark.parametrize("path", ["/v1/customers", "/", WORLD, "/log"])
def test_a_name_that_was_made_to_lead_here_is_not_answered_to(
    named: dict[str, str], path: str, host: str, *, known: bool
) -> None:
    """Such a page is of the same origin as this server to a browser, so nothing but the name gives it away."""
    with httpx.Client(base_url=named["base_url"]) as client:
        request = client.build_request("GET", path, headers={"authorization": f"Bearer {named['api_key']}"})
        request.headers["host"] = host
        for _ in range(2):  # what is known is remembered, what is not is not
            assert (client.send(request).status_code == 421) is not known


@pytest.fixture(scope="module")
def named() -> Iterator[dict[str, str]]:
    """A sandbox that is also called `box`, as in a network of containers."""
    with started("--allow-host", "box") as ready:
        yield ready


def test_the_tools_know_the_same_names(named: dict[str, str]) -> None:
    """One option for the API, the pages and the tools."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    for host, status in {"box:9000": 200, "evil.example": 421}.items():
        assert httpx.post(named["mcp_url"], json=call, headers={**accept, "host": host}).status_code == status


def test_two_names_at_once_are_none() -> None:
    """Which of them counts would be a matter of who reads it."""
    hosts = [(b"host", b"localhost"), (b"host", b"evil.example")]
    assert not HostNames().are_called({"headers": hosts})
    assert not HostNames().are_called({"headers": []})


def test_a_name_told_by_a_proxy_counts(facts: dict[str, str]) -> None:
    """A tunnel may rewrite the `Host`; then it says by which name it was called."""
    for header in ({"x-forwarded-host": "evil.example"}, {"forwarded": 'for=127.0.0.1;host="evil.example"'}):
        assert httpx.get(facts["base_url"] + "/", headers=header).status_code == 421


@pytest.mark.parametrize("command", ["up", "simulator"])
def test_a_key_that_others_could_use_is_random(command: str) -> None:
    """The key of a plain sandbox can be worked out from the source."""
    every = "0.0.0.0"  # noqa: S104 - what somebody who shares a sandbox gives
    with started("--host", every, command=command, token=TOKEN) as ready, started(command=command) as plain:
        assert re.fullmatch(r"sandbox_empty_[0-9a-f]{32}", ready["api_key"])
        assert ready["api_key"] != plain["api_key"]


def here(port: int, path: str) -> str:
    return f"http://127.0.0.1:{port}{path}"


def free_port() -> int:
    with listen("127.0.0.1", 0) as bound:
        return int(bound.getsockname()[1])


def test_a_sandbox_beyond_a_tunnel_has_no_control_without_a_token() -> None:
    """What comes out of a tunnel can look like a call of this machine in every respect."""
    port = free_port()
    with started("--public-url", PUBLIC, "--port", str(port)) as ready, started() as plain:
        assert ready["api_key"] != plain["api_key"]
        answer = httpx.get(here(port, "/_sandbox/worlds"))
        assert (answer.status_code, "control token" in answer.text) == (403, True)
        for key, status in ((plain["api_key"], 401), (ready["api_key"], 200)):
            asked = httpx.get(here(port, "/v1/customers"), headers={"authorization": f"Bearer {key}"})
            assert asked.status_code == status
        page = httpx.get(here(port, "/"), headers={"host": "sandbox.example.com", "origin": PUBLIC})
        assert (page.status_code, "control token" in page.text) == (403, True)
        assert ready["api_key"] not in page.text


def test_every_key_of_a_shared_sandbox_is_random() -> None:
    """Those that the control hands out later, and those of other worlds, too."""
    port = free_port()
    with started("--public-url", PUBLIC, "--port", str(port), token=TOKEN), started() as plain:
        holds = {"authorization": f"Bearer {TOKEN}"}
        made = [
            (httpx.post(here(port, path), json=body, headers=holds), httpx.post(plain["base_url"] + path, json=body))
            for path, body in (("/_sandbox/worlds", {"name": "a"}), (f"{WORLD}/keys", {}), (f"{WORLD}/fork", {}))
        ]
        for shared, open_to_all in made:
            assert (shared.status_code, open_to_all.status_code) == (201, 201)
            assert shared.json()["api_key"] != open_to_all.json()["api_key"]


PROXIED = {
    "the last of a chain": ("x-forwarded-for", "127.0.0.1, 203.0.113.9", False),
    "the first of a chain": ("x-forwarded-for", "203.0.113.9, 127.0.0.1", False),
    "this machine": ("x-forwarded-for", "127.0.0.1, ::1", True),
    "a name": ("x-forwarded-host", "sandbox.example.com", False),
    "our name": ("x-forwarded-host", "localhost:3000", True),
    "nginx": ("x-real-ip", "203.0.113.9", False),
    "cloudflare": ("cf-connecting-ip", "203.0.113.9", False),
    "the standard": ("forwarded", "for=203.0.113.9", False),
    "quoted, with a port": ("forwarded", 'proto=https;For="[2001:db8::7]:4711"', False),
    "one of two": ("forwarded", "for=127.0.0.1, for=203.0.113.9", False),
    "hidden": ("forwarded", "for=_secret", False),
    "the standard, of this machine": ("forwarded", 'for="[::1]:4711";host=localhost', True),
}


@pytest.mark.parametrize(("header", "value", "own"), PROXIED.values(), ids=PROXIED)
def test_the_control_counts_whom_a_proxy_names(shared_api: Api, header: str, value: str, *, own: bool) -> None:
    """Every proxy has a header of its own; one that names somebody else is enough."""
    client = TestClient(create_app(shared_api), base_url="http://127.0.0.1:8700", client=("127.0.0.1", 1))
    assert client.get("/_sandbox/worlds", headers={header: value}).status_code == (200 if own else 403)
    assert Access().is_open_to("127.0.0.1", "localhost", forwarded([(header, value)])) is own


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", WORLD, "/log", "/nothing"])
def test_pages_say_what_they_load_and_stand_in_no_frame(facts: dict[str, str], path: str) -> None:
    """A page in a frame could be clicked unseen; one with a foreign script in it could call anything."""
    headers = httpx.get(facts["base_url"] + path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert ("unsafe-inline" in policy) is (path == "/docs")


def test_the_start_page_loads_files_of_this_server_alone(facts: dict[str, str]) -> None:
    """Its policy allows no style and no script in the page itself, and so it has none; what it names is there."""
    page = httpx.get(facts["base_url"] + "/")
    loaded = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]*)"', page.text)
    assert "<style" not in page.text
    assert {urlsplit(one).netloc for one in loaded} == {""}
    assert {httpx.get(facts["base_url"] + one).status_code for one in loaded} == {200}


def test_the_test_kits_server_has_the_same_door(kustomer_server: KustomerServer) -> None:
    """It listens on a port of the developer's machine like any other."""
    base = kustomer_server.base_url
    key = {"authorization": f"Bearer {kustomer_server.api_key}"}
    assert httpx.get(f"{base}/v1/users", headers=key).status_code == 200
    assert httpx.get(f"{base}/v1/users", headers=key | {"host": "evil.example"}).status_code == 421
    assert httpx.post(f"{base}/_sandbox/worlds", json={}, headers={"origin": "null"}).status_code == 403


def test_the_tool_server_alone_has_the_same_door() -> None:
    """Its management API hands out URLs with every tool."""
    line = [*COMMAND, "mcp", "--upstream", "http://127.0.0.1:1", "--key-env", "A_KEY", "--port", "0", "--json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env={"A_KEY": "a"}) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            url, token = ready["mcp_url"].partition("/mcp/")[0] + "/log", f"Bearer {ready['api_token']}"
            asked = {
                name: httpx.get(url, headers={"authorization": token, **headers}).status_code
                for name, headers in {"own": {}, "page": {"origin": "null"}, "name": {"host": "evil.example"}}.items()
            }
        finally:
            process.kill()
    assert asked == {"own": 200, "page": 403, "name": 421}
