"""The canary proof finds what gets out, wherever that is, and raises no alarm where all is well."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from typer.testing import CliRunner

from kustomer_sandbox.cli import app
from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.calling.calls import ToolService
from kustomer_sandbox.mcp_server.protocol.spans import Spans
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.request import error_entries, gate, journalling, rendering, webhook_events
from kustomer_sandbox.simulator.values.change import Change
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.pii.canaries.chance import chance_of
from kustomer_sandbox.testkit.pii.canaries.drive import CanaryTally
from kustomer_sandbox.testkit.pii.canaries.marks import Canaries, CanaryHome
from kustomer_sandbox.testkit.pii.canaries.pool import Pool
from kustomer_sandbox.testkit.pii.canaries.rights import WorldRights
from kustomer_sandbox.testkit.pii.canaries.run import drive_world, prove_running
from kustomer_sandbox.testkit.pii.canaries.values import Values
from kustomer_sandbox.testkit.server.thread import KustomerServer
from tests.world_client import WorldClient

MOST = 2000
"""Calls in which a planted leak has to be found; the first ends the run."""
EVERYDAY = 600
HOME = CanaryHome(type="customer", path=("phones", "*", "phone"))
Patch = pytest.MonkeyPatch


@pytest.fixture
def world(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[World]:
    """A demo world of its own."""
    made = shared_api.worlds.create(WorldSpec(name=request.node.name, scenario="demo", plan="ultimate"))
    yield made
    shared_api.worlds.drop(made.name)


def seen_by_all(*types: str) -> Callable[..., Any]:
    """Appearances in which records of some types, all if none is named, are shown as they are."""
    real = rendering.appearance_to

    def appearance(world: World, presenter: Any, subject: Any, *rest: Any, **options: Any) -> Any:
        found = real(world, presenter, subject, *rest, **options)
        return found._replace(masked=None) if not types or subject.kind in types else found

    return appearance


def in_an_answer(patch: Patch, _: World) -> None:
    patch.setattr(rendering, "appearance_to", seen_by_all("draft"))


def in_what_is_included(patch: Patch, _: World) -> None:
    real, clear = rendering._rendered, seen_by_all()  # noqa: SLF001 - the fault is planted there

    def rendered(*given: Any) -> Any:
        with pytest.MonkeyPatch.context() as inside:
            inside.setattr(rendering, "appearance_to", clear)
            return real(*given)

    patch.setattr(rendering, "_rendered", rendered)


def in_an_error(patch: Patch, _: World) -> None:
    real = gate.Gate.handle
    asked: list[str] = []

    def handle(self: gate.Gate, request: Any) -> Any:
        asked[:] = [request.body.decode("utf-8", "replace")]
        return real(self, request)

    patch.setattr(gate.Gate, "handle", handle)
    patch.setattr(error_entries, "_message", lambda _: f"this is wrong: {asked}")


def in_the_journal(patch: Patch, _: World) -> None:
    patch.setattr(journalling, "shown_path", lambda template, values: f"{template} {dict(values)}")


def in_a_log(_: Patch, world: World) -> None:
    def note(change: Change) -> None:
        logging.getLogger("acme").debug("changed to %s", change.after)

    world.subscribers = (*world.subscribers, note)


def in_a_webhook(patch: Patch, _: World) -> None:
    real = rendering.appearance_to
    patch.setattr(webhook_events, "appearance_to", lambda *given, **_: real(*given, sees_all=True))


def in_a_file(patch: Patch, _: World) -> None:
    real = ToolService._write  # noqa: SLF001 - the fault is planted there

    def write(self: ToolService, caller: Any, tool: str, chosen: Any, **rest: Any) -> None:
        caller.client_name = str(chosen.arguments)
        real(self, caller, tool, chosen, **rest)

    patch.setattr(ToolService, "_write", write)


def in_an_mcp_result(patch: Patch, _: World) -> None:
    real = ToolService.call

    async def call(self: ToolService, caller: Any, name: str, given: Any) -> Any:
        result = await real(self, caller, name, given)
        hidden = base64.b64encode(json.dumps(dict(given)).encode()).decode()
        return replace(result, document={**result.document, "request": hidden})

    patch.setattr(ToolService, "call", call)


def in_a_span(patch: Patch, _: World) -> None:
    patch.setattr("opentelemetry.trace._TRACER_PROVIDER", TracerProvider())
    patch.setattr(Spans, "_words", lambda _, context: (context.method, {"asked": str(context.params)}))


PLANTED = {
    "the answer": in_an_answer,
    "the answer, included": in_what_is_included,
    "the answer, an error": in_an_error,
    "the journal's line": in_the_journal,
    "the log line": in_a_log,
    "the webhook": in_a_webhook,
    "the file": in_a_file,
    "the MCP result": in_an_mcp_result,
    "the span": in_a_span,
}


def driven(api: Api, world: World, *, calls: int = MOST, seed: str = "planted") -> CanaryTally:
    return drive_world(api, world, calls, seed=seed)


@pytest.mark.parametrize("place", PLANTED)
def test_a_planted_leak_is_found_where_it_is(
    shared_api: Api, world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A proof that cannot fail proves nothing."""
    PLANTED[place](monkeypatch, world)

    leak = driven(shared_api, world).leak

    assert leak is not None
    kind = place.partition(",")[0]
    # What an answer shows, a tool passes on: whichever came first is named.
    assert leak.place.startswith((kind, "the MCP result") if kind == "the answer" else kind), leak


def test_every_operation_and_tool_is_driven_and_nothing_gets_out(shared_api: Api, world: World) -> None:
    """With few calls every day; `nox -s canaries` makes a hundred thousand."""
    tally = driven(shared_api, world, calls=EVERYDAY, seed="everyday")

    assert (tally.leak, len(tally.operations)) == (None, len(shared_api.contracts.operations))
    assert tally.tools > set(shared_api.contracts.tools)
    assert tally.succeeded > tally.calls / 2


def test_the_same_seed_makes_the_same_calls(shared_api: Api) -> None:
    """Or a leak that was found could not be looked into."""
    tallies = []
    for name in ("first", "second"):
        world = shared_api.worlds.create(WorldSpec(name=name, scenario="demo", plan="ultimate"))
        tallies.append(drive_world(shared_api, world, 60, seed="again"))
        shared_api.worlds.drop(name)
    assert tallies[0] == tallies[1]


@pytest.mark.parametrize(
    "value",
    ["jane@example.com", "+1 (555) 555-0142", 142, 1.5, "2026-06-09T12:00:00.000Z", "https://a.example", "Jane"],
)
def test_a_canary_is_found_in_whatever_form(value: Any) -> None:
    """A number stays a number, an instant an instant; and each is found as it is and encoded."""
    canaries = Canaries()
    made = canaries.fresh(value, HOME)
    assert type(made) is type(value)
    text = json.dumps({"a": made})
    for data in (text, base64.b64encode(text.encode()).decode(), text.encode().hex(), text.upper()):
        assert canaries.found_in(f"before {data} after".encode()) == {1}, data
    assert canaries.found_in(b"688c47008c7d82cd41000042 +15550142 2026-06-09T12:00:00.000Z") == set()


def test_the_kit_proves_a_world_of_the_tests_own(kustomer: Kustomer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What users seed, and what stands in front of it; and the world is as before."""
    before = kustomer.client().get("/v1/customers").json()
    assert kustomer.canaries(60, seed="kit").startswith("No canary got out: ")
    assert kustomer.client().get("/v1/customers").json() == before

    in_a_log(monkeypatch, kustomer.world)
    with pytest.raises(AssertionError, match="A canary got out: the log line"):
        kustomer.canaries(60, seed="kit")


def test_the_command_tells_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and seed, for people and for programs; the exit code says whether all is well."""
    printed = CliRunner().invoke(app, ["canaries", "--calls", "40", "--seed", "7", "--json"])
    assert printed.exit_code == 0, printed.output
    report = json.loads(printed.stdout)
    assert (report["seed"], report["leak"]) == ("7", "")
    assert report["calls"] >= 40

    monkeypatch.setattr(rendering, "appearance_to", seen_by_all("customer"))
    leaking = CliRunner().invoke(app, ["canaries", "--calls", str(MOST), "--seed", "7"])
    assert leaking.exit_code == 1
    assert "A canary got out: the " in leaking.stdout


@pytest.mark.parametrize(
    "options", [["--mcp", "http://127.0.0.1:1/mcp"], ["--rest", "http://127.0.0.1:1"], ["--calls", "0"]]
)
def test_the_command_refuses_what_cannot_be_driven(options: list[str]) -> None:
    """Before anything is called."""
    assert CliRunner().invoke(app, ["canaries", *options]).exit_code == 2


def test_an_address_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "k")
    told = CliRunner().invoke(app, ["canaries", "--rest", "http://127.0.0.1:1", "--key-env", "SOME_KEY"])
    assert told.exit_code == 2
    assert "http://127.0.0.1:1 does not answer" in told.stderr


def test_a_running_sandbox_and_its_mcp_server_are_driven_by_their_addresses(
    kustomer_server: KustomerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as canaries get in by calls; of another's server nothing is known but what it answers."""
    rest, key, mcp = kustomer_server.base_url, kustomer_server.api_key, kustomer_server.mcp_url
    report = prove_running(rest, key, mcp=mcp, calls=120, seed="remote")
    assert (report.leak, report.tools > 20, report.canaries > 20) == ("", True, True)

    monkeypatch.setattr(rendering, "appearance_to", seen_by_all("customer"))
    assert "customer" in prove_running(rest, key, mcp=mcp, calls=MOST, seed="remote").leak


def test_another_mcp_server_in_front_of_a_world_is_driven(kustomer_server: KustomerServer) -> None:
    """The test's own world sees more than answers: the journal and events of what that server did."""
    report = kustomer_server.kustomer.canaries(60, seed="theirs", mcp=kustomer_server.mcp_url)
    assert report.startswith("No canary got out: ")


def test_no_canary_is_put_where_anything_is_kept(contracts: Contracts) -> None:
    """A Klass keeps whatever is called its schema, and shows it: that would be no leak."""
    values = Values(chance_of("any"), Pool(chance_of("any")), contracts.document)
    bodies = {id: next(iter(contracts.operations[id].bodies.values())) for id in ("CreateKlass", "BulkCreateCustomers")}
    assert [values.keeps(bodies["CreateKlass"], name) for name in ("jsonSchema", "displayName")] == [True, False]
    assert [values.keeps(bodies["BulkCreateCustomers"], name) for name in ("emails", "name")] == [True, False]


@pytest.mark.parametrize(("channel", "hidden"), [("note", set()), ("sms", {1})])
def test_what_a_note_draft_said_may_stand_in_its_note(
    shared_api: Api, world: World, channel: str, hidden: set[int]
) -> None:
    """A note is never masked, whoever drafted it; a message is, and so is what a draft of one says."""
    client, canaries = WorldClient(shared_api, world, issue_key(shared_api.worlds, world)[0]), Canaries()
    client.put("/v1/metadata/message", {"standardProperties": {"preview": {"sensitive": True}}})
    jane = client.get("/v1/customers/email=jane.doe@example.com").data["id"]
    said = canaries.fresh("Call him", CanaryHome(type="draft", path=("body",)))
    body = {"channel": channel, "body": said, "scheduled": True, "sendAt": "2020-01-01T00:00:00Z"}
    assert client.post(f"/v1/customers/{jane}/drafts", body).status == 200
    assert WorldRights(world, canaries).without({1}) == hidden
