"""What a recorded run would be like on another plan: told as it turns out when it is really made there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from kustomer_sandbox import world
from kustomer_sandbox.cli import app
from kustomer_sandbox.command.request_log import RequestLog
from kustomer_sandbox.simulator.hosting.keys import issue_key_of
from kustomer_sandbox.simulator.values.clock import EARLIEST
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.world.limits import HOOKS, ORG
from kustomer_sandbox.simulator.world.recording import RecordedCall
from kustomer_sandbox.simulator.world.spending.run import NotARun, run_of
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.in_pytest.report import section
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.recording import Recording
from kustomer_sandbox.testkit.server.thread import KustomerServer
from kustomer_sandbox.testkit.shared import SharedApi

PLANS = ("professional", "business", "enterprise", "ultimate")
JANE = "/v1/customers/email=jane.doe@example.com"
SEARCH = {"queryContext": "customer"}


def reads(kustomer: Kustomer) -> None:
    """Past the smallest plan's minute, in two halves with a pause, by two keys."""
    first, second = kustomer.client(), kustomer.client(key=kustomer.api_key)
    for _ in range(320):
        first.get(JANE)
    kustomer.clock.advance(timedelta(seconds=7.25))
    for _ in range(320):
        second.get("/v1/teams")


def searches(kustomer: Kustomer) -> None:
    """Past the searches of API keys, of which there are few here, between other calls."""
    client = kustomer.client()
    for number in range(50):
        client.post("/v1/customers/search", json=SEARCH if number % 2 else {**SEARCH, "and": []})
        client.get(JANE)


def conversations(kustomer: Kustomer) -> None:
    """Past the customer's minute: some refused, some exempt, some of another customer, one without a role."""
    client = kustomer.client()
    jane = client.get(JANE).json()["data"]["id"]
    for number in range(145):
        body = {"name": "x"} | ({"status": "snoozed"} if number % 20 == 0 else {})
        body |= {"importedAt": "2020-01-01T00:00:00Z"} if number % 30 == 1 else {}
        client.post(f"/v1/customers/{jane}/conversations", json=body)
        client.put(f"/v1/customers/{jane}", json={"locale": "en_US"})
    client.get("/v1/no-such-path")
    kustomer.clock.advance(timedelta(seconds=31))
    client.post("/v1/conversations", json={"customer": jane})


def drafts_on_whatsapp(kustomer: Kustomer) -> None:
    """Two budgets at once: the customer's drafts and the user's messages, of which the rule takes the second."""
    client = kustomer.client()
    for number in range(4):
        body = {"name": f"{number}"}
        customer = client.post("/v1/customers", json=body).json()["data"]["id"]
        for _ in range(115):
            draft = {"channel": "whatsapp", "app": "whatsapp", "meta": {"template": "5a" * 12}}
            client.post(f"/v1/customers/{customer}/drafts", json={**draft, "sendAt": "now", "scheduled": True})


RUNS: tuple[Callable[[Kustomer], None], ...] = (reads, searches, conversations, drafts_on_whatsapp)


@dataclass
class Recorded:
    """A run, and what it takes to make it again."""

    recording: Recording
    api: SharedApi
    start: World
    keys: list[Principal]
    calls: list[RecordedCall]

    def really(self, plan: str) -> tuple[float, int, float, int]:
        """The run made on a plan by a client that waits: how long it takes, how often it is refused, what it waits.

        And the number of the first call that is refused, 0 if none is.
        """
        made = self.api.worlds.fork(self.start, self.api.worlds.free_name())
        made.configure(plan=plan, limits={n: limit for n, limit in made.limits.items() if n not in {ORG, HOOKS}})
        keys = {key.key_id: issue_key_of(self.api.worlds, made, key)[0] for key in self.keys}
        start, before = made.clock.now(), self.calls[0].at
        refused, waits, first = 0, 0.0, 0
        for number, call in enumerate(self.calls, 1):
            made.clock.move_to(made.clock.now() + (call.at - before))
            before = call.at
            while (reset := self._reset(call, keys)) is not None:
                refused, first = refused + 1, first or number
                free = EARLIEST + timedelta(seconds=reset)
                waits += (free - made.clock.now()).total_seconds()
                made.clock.move_to(free)
        takes = (made.clock.now() - start).total_seconds()
        self.api.worlds.drop(made.name)
        return takes, refused, waits, first

    def _reset(self, call: RecordedCall, keys: dict[str, str]) -> int | None:
        """When to ask again, if a budget refused the call."""
        headers = {**call.request.headers, "authorization": f"Bearer {keys[call.key]}"}
        reply = self.api.gate.handle(call.request._replace(headers=headers))
        return int(dict(reply.headers)["x-ratelimit-reset"]) if reply.status == 429 else None


@contextmanager
def roomy(run: Callable[[Kustomer], None], *, plan: str = "ultimate") -> Iterator[Recorded]:
    """A run that was recorded where little refuses it."""
    with world(plan=plan, limits={"search": 20} if run is searches else {}) as kustomer:
        start = kustomer.world.fork(kustomer.world.name)
        keys = list(kustomer.world.keys.values())
        recording = kustomer.record()
        whole = kustomer.world.recording
        assert whole is not None
        run(kustomer)
        yield Recorded(recording, kustomer.api, start, keys, whole.calls)


@pytest.mark.parametrize("run", RUNS)
def test_a_forecast_is_what_happens(run: Callable[[Kustomer], None]) -> None:
    """On every plan, to the second and to the refusal: whatever the client ran into."""
    with roomy(run) as recorded:
        foretold = recorded.recording.what_if()
        for plan in PLANS:
            forecast = foretold.under(plan)
            first = forecast.first_refused.number if forecast.first_refused else 0
            assert (forecast.takes, forecast.refused, forecast.waits, first) == recorded.really(plan), plan
            assert forecast.waits == sum(forecast.waited_for.values())
    assert any(forecast.refused for forecast in foretold.plans)


def test_a_run_that_was_refused_and_asked_again_is_told_without_its_waiting() -> None:
    """A client that waited on a small plan would not wait on a large one."""

    def patient(kustomer: Kustomer) -> None:
        client = kustomer.client()
        for number in range(301):
            if client.get(f"/v1/customers?page={number + 1}").status_code == 429:
                kustomer.clock.advance(60)
                client.get(f"/v1/customers?page={number + 1}")

    with roomy(patient, plan="professional") as recorded:
        foretold = recorded.recording.what_if()
    assert (foretold.calls, foretold.under("business").takes, foretold.under("business").refused) == (302, 0.0, 0)
    assert (foretold.under("professional").takes, foretold.under("professional").refused) == (60.0, 1)


def test_the_first_refused_call_is_named() -> None:
    with roomy(searches) as recorded:
        first = recorded.recording.what_if().under("ultimate").first_refused
    assert first is not None
    assert (first.number, first.operation, first.budget, first.limit) == (41, "CustomerSearch", "search", 20)
    assert str(first) == "#41 POST /v1/customers/search by search (20) after 0 s"


def saved(run: Callable[[httpx.Client], None]) -> list[tuple[str, str, int, int, str]]:
    """Kind, operation, calls, saved and what to call instead, of each saving of a run."""
    with world() as kustomer:
        recording = kustomer.record()
        run(kustomer.client())
        found = recording.what_if().savings
    return [(saving.kind, saving.operation, saving.calls, saving.saved, saving.instead) for saving in found]


def test_what_was_asked_again_in_vain_is_told() -> None:
    """A read or a search with the same answer; one whose answer had changed was not in vain, nor is a creation."""

    def run(client: httpx.Client) -> None:
        jane = client.get(JANE).json()["data"]["id"]
        for _ in range(4):
            client.get(JANE)
        for _ in range(3):
            client.post("/v1/customers/search", json=SEARCH)
        client.put(f"/v1/customers/{jane}", json={"locale": "fr_FR"})
        client.get(JANE)
        client.post("/v1/customers/search", json={**SEARCH, "and": []})
        client.get("/v1/customers?page=1")
        client.get("/v1/customers?page=2")

    assert saved(run) == [
        ("asked again", "GetCustomerByEmail", 5, 4, ""),
        ("searched again", "CustomerSearch", 3, 2, ""),
    ]


def test_what_goes_together_is_told_with_the_operation_that_does_it() -> None:
    """Creations by whatever path, changes of different records, reads by id; a hundred at once."""

    def run(client: httpx.Client) -> None:
        made = [client.post("/v1/customers", json={"name": f"{n}"}).json()["data"]["id"] for n in range(103)]
        for id in made[:5]:
            client.post(f"/v1/customers/{id}/conversations", json={})
        for id in [*made[:4], *made[:4]]:
            client.put(f"/v1/customers/{id}", json={"locale": "fr_FR"})
        for id in made[:3]:
            client.get(f"/v1/customers/{id}")
        client.post("/v1/customers", json={"nonsense": 1})

    assert saved(run) == [
        ("one by one", "CreateCustomer", 103, 101, "BulkCreateCustomers"),
        ("one by one", "CreateConversationForCustomer", 5, 4, "BulkCreateConversations"),
        ("one by one", "UpdateCustomer", 4, 3, "BulkBatchUpdateCustomers"),
        ("one by one", "GetCustomerById", 3, 2, "GetCustomerById"),
    ]


def test_a_run_that_is_written_down_holds_no_value_and_tells_the_same(tmp_path: Path) -> None:
    """It goes to a file that anybody may read; the command reads it."""
    with roomy(conversations) as recorded:
        recorded.recording.save(tmp_path / "run.json")
        foretold = recorded.recording.what_if()
    text = (tmp_path / "run.json").read_text()
    assert not [value for value in ("jane", "snoozed", "en_US", "2020-01-01") if value in text]
    shown = CliRunner().invoke(app, ["what-if", str(tmp_path / "run.json")])
    assert (shown.exit_code, shown.stdout) == (0, f"{foretold}\n")
    machine = CliRunner().invoke(app, ["what-if", str(tmp_path / "run.json"), "--json"])
    assert json.loads(machine.stdout) == json.loads(json.dumps(foretold.as_json()))


def test_the_table_has_a_line_for_each_plan() -> None:
    """What somebody reads who decides about a plan."""
    with roomy(reads) as recorded:
        lines = str(recorded.recording.what_if()).splitlines()
    refused = "#301 GET /v1/customers/email=*** by org (300)"
    assert lines[:6] == [
        "640 calls, recorded on the plan ultimate",
        "plan          a minute  takes  waits         refused  first refused",
        "ultimate      2000      7.2 s  0 s           0        -",
        "enterprise    1000      7.2 s  0 s           0        -",
        "business      500       1 min  52.8 s        1        #501 GET /v1/teams by org (500) after 7.2 s",
        f"professional  300       2 min  1 min 52.8 s  2        {refused} after 0 s",
    ]
    assert lines[6:8] == [
        "calls to save:",
        "  319 of 320: GetCustomerByEmail asked again by key-1 (#1 to #320), with the same answer, to be kept",
    ]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"form": "kustomer-sandbox run 1", "calls": [1]}', b"\xff"])
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, text: bytes) -> None:
    """In one line, and with exit code 2."""
    with pytest.raises(NotARun):
        run_of(text)
    (tmp_path / "run.json").write_bytes(text)
    shown = CliRunner().invoke(app, ["what-if", str(tmp_path / "run.json")])
    assert (shown.exit_code, shown.stderr.count("\n")) == (2, 1)
    assert CliRunner().invoke(app, ["what-if", str(tmp_path / "nothing.json")]).exit_code == 2


def test_a_run_without_calls_is_foretold(kustomer: Kustomer) -> None:
    foretold = kustomer.record().what_if()
    assert {(forecast.takes, forecast.refused) for forecast in foretold.plans} == {(0.0, 0)}
    assert str(foretold).endswith("calls to save:\n  none that shows")


def test_a_worlds_own_limits_count_on_every_plan() -> None:
    """But that of the organisation: it is what the plans differ in."""
    with world(limits={"record_updates": 2, "org": 5}) as kustomer:
        recording = kustomer.record()
        client = kustomer.client()
        jane = client.get(JANE).json()["data"]["id"]
        for _ in range(3):
            client.put(f"/v1/customers/{jane}", json={"locale": "en_US"})
        foretold = recording.what_if()
    assert [(forecast.requests, forecast.waited_for) for forecast in foretold.plans] == [
        (requests, {"record_updates": 60.0}) for requests in (2000, 1000, 500, 300)
    ]


@pytest.mark.kustomer(limits={"record_updates": 1})
def test_the_report_of_a_failed_test_tells_which_calls_filled_a_budget(kustomer: Kustomer) -> None:
    """Beside the refused call, as the terminal of `up` does."""
    client = kustomer.client()
    jane = client.get(JANE).json()["data"]["id"]
    for _ in range(2):
        client.put(f"/v1/customers/{jane}", json={"locale": "en_US"})
    (line,) = [line for line in section(kustomer).splitlines() if "429" in line]
    assert line.endswith(" filled by 1 x UpdateCustomer by key-1 (#2)")
    assert "resets_at 2026-06-09T12:01:00.000Z" in line
    log = RequestLog(kustomer.api.worlds, StringIO(), main_world=kustomer.world.name)
    log.show()
    assert line.strip() in log.stream.getvalue()  # type: ignore[attr-defined] # it is ours


def test_the_control_api_notes_a_run_and_tells_what_if(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """For a client of another process; nothing of what it says is kept."""
    control = f"{kustomer_server.base_url}/_sandbox/worlds/{kustomer.world.name}/recording"
    assert httpx.get(control).status_code == 404
    assert httpx.post(control).json() == {"calls": 0}
    for _ in range(2):
        kustomer.client().get(JANE)
    text = httpx.get(control).content
    told = httpx.get(f"{control}/what-if").json()
    assert b"jane" not in text
    assert (len(run_of(text).calls), told["calls"], told["savings"][0]["saved"]) == (2, 2, 1)
    assert kustomer.world.recording is not None
    assert kustomer.world.recording.calls == []
    assert [httpx.delete(control).status_code, httpx.get(control).status_code] == [204, 404]
