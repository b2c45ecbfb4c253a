"""The command `check`: what it runs where, what it tells, and what it never does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from typer.testing import CliRunner, Result

from kustomer_sandbox import world
from kustomer_sandbox.cli import app
from kustomer_sandbox.clients import Client
from kustomer_sandbox.command.checking.guard import ReadsAlone
from kustomer_sandbox.command.checking.organisation import Organisation, OrganisationTarget
from kustomer_sandbox.command.checking.pace import Pace
from kustomer_sandbox.command.checking.places import PlaceError
from kustomer_sandbox.command.checking.reporting.page import page
from kustomer_sandbox.command.checking.reporting.report import CheckReport
from kustomer_sandbox.contracts.suite.groups import GROUPS, TOOLS
from kustomer_sandbox.contracts.suite.running import run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from kustomer_sandbox.contracts.suite.target import Broken, Check
from kustomer_sandbox.testkit.kustomer import Kustomer

READS = ("a_trailing_slash_is_tolerated", "pages_of_a_list_give_each_record_once")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def reader(kustomer: Kustomer, transport: httpx.BaseTransport, *, key: str = "") -> Organisation:
    """An organisation that is read alone, by whatever transport."""
    client = Client(base_url="http://acme.invalid", transport=transport)

    def sleep(seconds: float) -> None:
        kustomer.clock.advance(seconds)

    guard, pace = ReadsAlone(), Pace(1, searches=100, sleep=sleep)
    target = OrganisationTarget(client, key or kustomer.api_key, mark="ksb0-", pace=pace, guard=guard)
    return Organisation(target, guard, origin="http://acme.invalid")


class Listening(httpx.BaseTransport):
    """Remembers what is sent on the way to a world."""

    def __init__(self, kustomer: Kustomer) -> None:
        self._client, self.sent = kustomer.client(), list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(f"{request.method} {request.url.path}")
        reply = self._client.request(
            request.method, request.url.raw_path.decode(), content=request.read(), headers=request.headers
        )
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


def test_our_own_simulator_keeps_what_is_asked_for() -> None:
    """Without options it needs nothing: no server, no key, no network."""
    found = run("--only", "webhooks", "--only", "a_trailing_slash_is_tolerated", "--json")

    told = json.loads(found.output)
    assert found.exit_code == 0
    assert told["totals"] == {"verified": 4, "departed": 0, "not applicable": 0, "not allowed": 0}
    assert [result["rules"] for result in told["results"] if result["group"] == "errors"] == [["trailing-slash"]]


@pytest.mark.slow
def test_our_own_simulator_verifies_every_applicable_check() -> None:
    """The fake keeps its own contract, every group of it."""
    told = json.loads(run("--json").output)

    assert told["totals"]["departed"] == told["totals"]["not allowed"] == 0
    assert set(told["groups"]) == {*GROUPS} - {TOOLS}
    assert {result["group"] for result in told["results"] if result["verdict"] == "not applicable"} == {"schema"}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_checks(group: str) -> None:
    """A group without checks would be told as kept."""
    assert len(selected([group], of_tools=group == TOOLS)) > 2


def test_reports_are_written_for_ci_and_for_readers(tmp_path: Path) -> None:
    """Neither file needs anything else to be read."""
    junit, html = tmp_path / "check.xml", tmp_path / "check.html"

    run("--only", "webhooks", "--junit", str(junit), "--html", str(html))

    (suite,) = ET.parse(junit).getroot()  # noqa: S314 - written a moment ago
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("webhooks", "3", "0")
    shown = html.read_text("utf-8")
    assert "the twelve events are listed" in shown
    assert "http" not in shown.partition("<h2")[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--only", "serch"), "did you mean search?"),
        (("--key-env", "KEY"), "--key-env goes with --rest"),
        (("--rest", "ftp://x"), "--rest must be an origin"),
        (("--rest", "https://me:secret@x"), "without name or password"),
        (("--rest", "http://127.0.0.1:9", "--key-env", "NO_SUCH_KEY"), "NO_SUCH_KEY is set to nothing"),
        (("--rest", "http://127.0.0.1:9"), "an organisation is checked with --key-env"),
        (("--allow-writes",), "--allow-writes and --clean-up go with --rest and --key-env"),
        (("--budget-share", "0%"), "more than 0%"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(arguments: tuple[str, ...], told: str) -> None:
    """Exit code 2, and the way on."""
    found = run("--only", "webhooks", *arguments) if "serch" not in arguments else run(*arguments)

    assert found.exit_code == 2
    assert told in found.output
    assert "secret" not in found.output


def test_an_organisation_is_read_and_nothing_else() -> None:
    """Not even a call that should be refused is sent: a target that departs might do it."""
    with world() as kustomer:
        transport = Listening(kustomer)
        results = list(run_checks(selected(["errors", "paging", "search"]), reader(kustomer, transport)))

    changing = [one for one in transport.sent if not one.startswith("GET ") and not one.endswith("/search")]
    assert changing == []
    assert [one.check for one in results if one.verdict == "departed"] == []
    assert {one.verdict for one in results} == {"verified", "not allowed", "not applicable"}
    assert [one.verdict for one in results if one.check in READS] == ["verified", "verified"]


def test_a_key_without_a_role_makes_a_check_not_applicable() -> None:
    """That a key may not look says nothing about the target."""
    with world() as kustomer:
        place = reader(kustomer, Listening(kustomer), key=kustomer.key(roles=["org.user.note.read"]))
        (result,) = run_checks(selected(["a_trailing_slash_is_tolerated"]), place)

    assert (result.verdict, result.told) == ("not applicable", "the key has no role for GET /v1/customers/")


def test_an_unknown_key_and_an_address_that_does_not_answer_are_told_before_anything_is_checked() -> None:
    """A page full of departures would hide the cause."""

    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with world() as kustomer:
        with pytest.raises(PlaceError, match="does not know the key"):
            reader(kustomer, Listening(kustomer), key="unknown")
        with pytest.raises(PlaceError, match="does not answer"):
            reader(kustomer, httpx.MockTransport(nobody))


def test_without_hypothesis_laws_are_not_applicable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel alone checks all the rest, and says what is missing."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)

    (result,) = json.loads(run("--only", READS[1], "--json").output)["results"]

    assert result["verdict"] == "not applicable"
    assert "pip install 'kustomer-sandbox[check]'" in result["told"]


def test_a_link_that_leads_away_is_not_followed() -> None:
    """The key would go with it."""
    with world() as kustomer:
        transport = Listening(kustomer)
        place = reader(kustomer, transport)
        asked = len(transport.sent)
        for away in ("https://elsewhere.example/v1/customers", "//elsewhere.example/v1/customers", ""):
            with place.target() as target, pytest.raises(Broken, match="links are paths"):
                target.call("GET", away)

    assert len(transport.sent) == asked


def test_a_departure_tells_no_value_of_the_organisation() -> None:
    """Reports are passed on: what was looked up, and what came, is somebody's."""

    def unkind(request: httpx.Request) -> httpx.Response:
        if "email=" in request.url.path:
            return httpx.Response(400, json={"errors": [{"code": "no", "title": "jane.doe@example.com", "source": {}}]})
        if request.url.path == "/v1/tags":
            return httpx.Response(200, json={"data": [], "meta": {"page": "Jane", "pageSize": 1}})
        return right.handle_request(request)

    names = ["answer_of_GetCustomerByEmail", "the_first_page_has_no_previous_one", "answer_of_GetTags"]
    with world() as kustomer:
        right = Listening(kustomer)
        results = run_checks(selected(names), reader(kustomer, httpx.MockTransport(unkind)))
        told = CheckReport(target="x", results=tuple(results))

    assert len(told.of("departed")) == 2
    for text in (told.as_text(), told.as_json(), told.as_junit(), page(told)):
        assert "email=…" in text or "email=\\u2026" in text
        assert "jane" not in text.casefold()


def test_a_key_with_strange_characters_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library's complaint about it would tell it."""
    monkeypatch.setenv("STRANGE_KEY", "schlüssel")

    found = run("--rest", "http://127.0.0.1:9", "--key-env", "STRANGE_KEY")

    assert found.exit_code == 2
    assert found.output == "kustomer-sandbox: STRANGE_KEY holds characters that no API key has\n"


def waits(share: float, answers: dict[str, str], calls: int, **kind: Any) -> list[float]:
    """How long a pace has waited before each of some calls, by a clock that stands still otherwise."""
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(share, searches=100, now=lambda: now[0], sleep=sleep)
    for _ in range(calls):
        pace.wait(**{"is_search": False, **kind})
        pace.learn(answers)
        now[0] += 1
    return slept


def test_an_organisation_is_asked_within_a_share_of_its_budget() -> None:
    """A fifth of 50 calls a minute are 10: the eleventh waits for the first to be a minute ago."""
    assert waits(0.2, {"x-ratelimit-limit": "50", "x-ratelimit-remaining": "40"}, 11) == [50.0]
    assert waits(0.2, {"x-ratelimit-limit": "50", "x-ratelimit-remaining": "40"}, 10) == []
    assert waits(0.05, {"x-ratelimit-limit": "1000"}, 6, is_search=True) == [55.0]


def test_what_little_is_left_of_a_minute_is_left_to_others() -> None:
    """Whoever else uses the organisation must not be refused on our account."""
    assert waits(1, {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "50"}, 2) == [60.0]


def test_a_score_is_a_table_by_group_without_a_sum() -> None:
    """What was not asked is unknown, not kept; the same run gives the same bytes."""
    first, second = (run("--only", "webhooks", "--score", "--json").output for _ in range(2))
    told = json.loads(first)

    assert first == second
    assert told.keys() == {"target", "date", "version", "groups"}
    assert told["groups"]["webhooks"] == {"verified": 3, "departed": 0, "unknown": 0}
    assert told["groups"]["search"]["verified"] == 0 < told["groups"]["search"]["unknown"]
    shown = run("--only", "webhooks", "--score").output.splitlines()
    assert [line.split() for line in shown if line.startswith("webhooks")] == [["webhooks", "3", "·", "·"]]


def test_a_check_that_finds_nothing_to_ask_is_not_applicable() -> None:
    """Nothing asked is nothing verified."""
    nothing = Check(name="nothing", rules=("key-needed",), writes=False, sandbox=False, run=lambda _: None)

    with world() as kustomer:
        (result,) = run_checks([nothing], reader(kustomer, Listening(kustomer)))

    assert (result.verdict, result.told) == ("not applicable", "it found nothing to ask")
