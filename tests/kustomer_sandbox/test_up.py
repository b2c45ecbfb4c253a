"""`kustomer-sandbox up` as a user meets it: one process, one ready line, a clean end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import get_args

import httpx
import pytest

from kustomer_sandbox.contracts import load
from kustomer_sandbox.serving import listen
from kustomer_sandbox.simulator.api import scenarios
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary

COMMAND = [sys.executable, "-m", "kustomer_sandbox", "up"]
KEYS = ["base_url", "api_key", "account_id", "api_token", "mcp_url", "discovery_url", "console_url", "world"]
WAIT_SECONDS = 30
QUICKLY_SECONDS = 5


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A sandbox process with an empty world, and its ready line; ended at the latest with the block."""
    command = [*COMMAND, "--port", "0", "--scenario", "empty", *options, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, str]]:
    """One running sandbox for the tests that only read."""
    with started() as (_, ready):
        yield ready


def test_the_ready_line_holds_what_a_user_needs_and_nothing_else(facts: dict[str, str]) -> None:
    """Scripts read this line: its keys are a promise."""
    assert list(facts) == KEYS
    base = facts["base_url"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", base)
    assert re.fullmatch(re.escape(base) + "/mcp/[0-9a-f]{32}", facts["mcp_url"])
    assert facts["discovery_url"] == facts["mcp_url"] + "/discovery"
    assert (facts["console_url"], facts["world"]) == (f"{base}/", "empty")


def test_a_strict_sandbox_refuses_unknown_query_parameters(facts: dict[str, str]) -> None:
    """For whoever looks for a typing error in a client; without the option they are ignored."""
    with started("--strict") as (_, strict):
        pair = (facts, strict)
        urls = [(f"{ready['base_url']}/v1/customers?colour=red", ready["api_key"]) for ready in pair]
        answers = [httpx.get(url, headers={"Authorization": f"Bearer {key}"}) for url, key in urls]
    assert [answer.status_code for answer in answers] == [200, 400]


def test_a_sandbox_can_be_told_another_reading_of_a_rule(facts: dict[str, str]) -> None:
    """Whoever develops a client by hand sees what becomes of it if Kustomer does otherwise."""
    with started("--reading", "page-size-clamped=refused") as (_, doubted):
        pair = (facts, doubted)
        urls = [(f"{ready['base_url']}/v1/customers?pageSize=5000", ready["api_key"]) for ready in pair]
        answers = [httpx.get(url, headers={"Authorization": f"Bearer {key}"}) for url, key in urls]
    assert [answer.status_code for answer in answers] == [200, 400]


def test_the_key_of_the_ready_line_opens_the_api(facts: dict[str, str]) -> None:
    """The first call a user copies works; without the key it is a 401."""
    url = f"{facts['base_url']}/v1/customers"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {facts['api_key']}"})
    assert (answer.status_code, answer.json()["data"], httpx.get(url).status_code) == (200, [], 401)


def test_the_start_page_shows_the_world_and_no_secret(facts: dict[str, str]) -> None:
    """It is what a browser shows at the address printed."""
    page = httpx.get(facts["console_url"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'href="/console/world/{facts["world"]}/traffic"' in page.text
    secrets = [facts["api_key"], facts["api_token"], facts["mcp_url"].rpartition("/")[2]]
    assert [secret for secret in secrets if secret in page.text] == []


def test_the_documents_work_without_a_network(facts: dict[str, str]) -> None:
    """No other host is named, and every script and style the page loads is served from here."""
    page = httpx.get(f"{facts['base_url']}/docs").text
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page) == []
    assets = [path for path in re.findall(r'(?:src|href)="([^"]+)"', page) if not path.startswith("data:")]
    assert assets
    assert {httpx.get(facts["base_url"] + path).status_code for path in assets} == {200}
    assert httpx.get(f"{facts['base_url']}/openapi.json").json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_quickly_and_quietly_when_told_to(stop: signal.Signals) -> None:
    """After some calls, good and bad, nothing is left on either stream: no second line, no trace, no secret."""
    with started("--quiet") as (process, facts):
        headers = {"Authorization": f"Bearer {facts['api_key']}"}
        httpx.get(f"{facts['base_url']}/v1/customers/email=jane%40example.com", headers=headers)
        httpx.post(f"{facts['base_url']}/_sandbox/worlds", content=b"{")
        httpx.get(f"{facts['mcp_url']}/nothing")
        process.send_signal(stop)
        out, err = process.communicate(timeout=QUICKLY_SECONDS)
        assert (out, err) == ("", "")
        assert process.returncode in {-stop, 128 + stop, 0}


def refused(*options: str) -> str:
    """What a start that cannot be says on the standard error stream."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_a_taken_port_is_told_with_a_way_out(facts: dict[str, str]) -> None:
    """Two sandboxes started alike is what happens to everybody once."""
    port = facts["base_url"].rpartition(":")[2]
    words = f"port {port} is taken; choose another with --port, or --port 0 for a free one"
    assert refused("--port", port) == f"kustomer-sandbox: {words}\n"


def test_a_port_is_taken_before_the_server_is_ready() -> None:
    """Two sandboxes that start at the same moment must not both believe they have it."""
    with listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(
    ("option", "known"),
    [
        ("--plan", sorted(load().limits.plans)),
        ("--scenario", scenarios()),
        ("--errors", sorted(get_args(ErrorVocabulary))),
    ],
)
def test_an_unknown_choice_is_told_with_those_there_are(option: str, known: Iterable[str]) -> None:
    """One line, no trace, and what was given is not repeated."""
    line = refused("--port", "0", option, "nothing-of-this-name")
    assert line.startswith(f"kustomer-sandbox: {option} must be ")
    assert line.endswith(f"one of {', '.join(known)}\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize("start", ["yesterday", "1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z"])
def test_a_start_that_is_no_instant_of_a_world_is_told(start: str) -> None:
    """One line that says what to write instead."""
    assert refused("--port", "0", "--start", start).startswith("kustomer-sandbox: --start must ")


def test_a_world_may_start_at_another_instant_and_with_other_error_codes() -> None:
    """An agent that knows today's date asks for the last 24 hours of today."""
    with started("--frozen", "--start", "2031-01-02T03:04:05Z", "--errors", "recorded") as (_, facts):
        world = httpx.get(f"{facts['base_url']}/_sandbox/worlds/{facts['world']}").json()
    assert (world["now"], world["errors"]) == ("2031-01-02T03:04:05.000Z", "recorded")


def test_a_port_out_of_range_is_told() -> None:
    """The command line itself refuses it."""
    assert "--port" in refused("--port", "70000")


def test_frozen_time_stands_still_from_the_start() -> None:
    """The world's clock is what the control API says, not what passed since the start."""
    with started("--frozen") as (_, facts):
        clock = httpx.get(f"{facts['base_url']}/_sandbox/worlds/empty/clock").json()
    assert clock == {"now": "2026-06-09T12:00:00.000Z", "mode": "frozen"}


def secrets_of(facts: dict[str, str]) -> list[str]:
    return [facts["api_key"], facts["api_token"], facts["mcp_url"].rpartition("/")[2]]


def test_what_was_pasted_into_a_client_goes_on_working_after_a_restart(facts: dict[str, str]) -> None:
    """The same seed gives the same key, MCP URL and API token, as long as only this machine can reach them."""
    with started() as (_, again), started("--seed", "1") as (_, other):
        assert secrets_of(again) == secrets_of(facts)
        assert not set(secrets_of(other)) & set(secrets_of(facts))
        listed = httpx.get(
            f"{again['base_url']}/integrated-account/{again['account_id']}/mcp",
            headers={"Authorization": f"Bearer {facts['api_token']}"},
        )
        assert [server["name"] for server in listed.json()["result"]] == ["default"]


def test_a_sandbox_that_others_can_reach_has_tokens_of_its_own(facts: dict[str, str]) -> None:
    """Whoever knows the seed could work out those of a sandbox on this machine alone."""
    with started("--public-url", "https://sandbox.example.com") as (_, one):
        assert not set(secrets_of(one)[1:]) & set(secrets_of(facts)[1:])
    with started("--public-url", "https://sandbox.example.com") as (_, two):
        assert not set(secrets_of(two)[1:]) & set(secrets_of(one)[1:])
