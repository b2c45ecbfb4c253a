"""`--cors`: web pages of other origins may call the API, and nothing else, and only if they were named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

COMMAND = [sys.executable, "-m", "kustomer_sandbox"]
PAGE = "http://localhost:3000"
OTHER = "https://app.example.com"
CALL = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization, content-type"}


@contextmanager
def started(*options: str) -> Iterator[dict[str, str]]:
    """A running sandbox's ready line."""
    line = [*COMMAND, *options, "--port", "0", "--json", "--scenario", "empty"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture(scope="module", params=["up", "simulator"])
def facts(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """A sandbox that two origins may call."""
    with started(request.param, "--cors", PAGE, "--cors", OTHER) as ready:
        yield ready


def preflight(facts: dict[str, str], path: str, origin: str) -> httpx.Response:
    """What a browser asks before it lets a page call."""
    return httpx.options(facts["base_url"] + path, headers={"origin": origin, **CALL})


@pytest.mark.parametrize("origin", [PAGE, OTHER])
def test_a_named_page_may_call_the_api(facts: dict[str, str], origin: str) -> None:
    """The browser asks first, then calls with the key; both answers name the page, refusals as well."""
    asked = preflight(facts, "/v1/customers/1", origin)
    allowed = asked.headers["access-control-allow-headers"].lower()
    key = {"authorization": f"Bearer {facts['api_key']}", "origin": origin}
    answers = [httpx.get(f"{facts['base_url']}/v1/{path}", headers=key) for path in ("teams", "nothing")]

    assert asked.status_code == 200
    assert "PATCH" in asked.headers["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= {name.strip() for name in allowed.split(",")}
    assert [answer.status_code for answer in answers] == [200, 404]
    for answer in (asked, *answers):
        assert answer.headers["access-control-allow-origin"] == origin
        assert "origin" in answer.headers["vary"].lower()
        assert "access-control-allow-credentials" not in answer.headers
    assert answers[0].headers["access-control-expose-headers"] == "*"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3001"])
def test_a_page_that_is_not_named_may_not(facts: dict[str, str], origin: str) -> None:
    """Without the header the browser keeps the answer from the page."""
    key = {"authorization": f"Bearer {facts['api_key']}", "origin": origin}
    answer = httpx.get(f"{facts['base_url']}/v1/teams", headers=key)

    assert "access-control-allow-origin" not in preflight(facts, "/v1/teams", origin).headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/_sandbox/worlds", "/", "/docs", "/openapi.json", "/log", "/api-token", "/mcp/x"])
def test_control_management_and_tools_stay_closed_to_a_named_page(facts: dict[str, str], path: str) -> None:
    """They hold keys and tokens: what may call the API may not reset a world or read its keys."""
    answers = [preflight(facts, path, PAGE), httpx.get(facts["base_url"] + path, headers={"origin": PAGE})]

    assert [answer for answer in answers if "access-control-allow-origin" in answer.headers] == []
    assert [answer.status_code for answer in answers if answer.is_success] == []


def test_no_page_may_call_unless_it_was_named() -> None:
    """Off is the default: a page in the developer's browser learns nothing of the sandbox."""
    with started("up") as facts:
        key = {"authorization": f"Bearer {facts['api_key']}", "origin": PAGE}
        answers = [preflight(facts, "/v1/teams", PAGE), httpx.get(f"{facts['base_url']}/v1/teams", headers=key)]

    assert [name for answer in answers for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("origin", ["*", "null", "localhost:3000", f"{PAGE}/", f"{PAGE}/app", "http://LOCALHOST", ""])
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    """A browser sends an origin in one form; another would never match, and `*` would open the API to every site."""
    line = [*COMMAND, "simulator", "--port", "0", "--json", "--cors", origin]
    refused = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--cors must be an origin as browsers send it, such as http://localhost:3000" in refused.stderr
