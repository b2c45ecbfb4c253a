"""What happens in a world at its calls: when exactly, how it is told, what takes it along, who may say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.scenarios.files.loader import scenario_of
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server.thread import KustomerServer
from kustomer_sandbox.testkit.tools import KustomerMcp
from tests.kustomer_sandbox.episode_stage import CREATE, running, text

FILE = """\
prompt: Answer Jane.
users:
  priya: {name: Priya Raman, email: priya@support.example.com}
customers:
  jane: {name: Jane Doe}
conversations:
  parcel: {customer: jane, name: Where is it?}
when:
  - match: {operation: GetConversation, customer: "@customers.jane"}
    after: 2
    do:
      - {operation: UpdateConversation, path: {id: "@conversations.parcel"}, body: {status: done}, by: priya}
"""
TEAMS = "/v1/teams"
TEAM: dict[str, Any] = {"operation": "CreateTeam", "body": {"name": "moved"}}
DONE: dict[str, Any] = {"operation": "GetTeams", "do": {"advance": "PT1M"}}


@pytest.fixture
def small(make_kustomer: Any, tmp_path: Path) -> Kustomer:
    """A world of `FILE`."""
    (tmp_path / "when.yaml").write_text(FILE, "utf-8")
    made: Kustomer = make_kustomer(scenario=str(tmp_path / "when.yaml"))
    return made


def statuses(kustomer: Kustomer, calls: int) -> list[str]:
    """What so many readings of the one conversation show."""
    client = kustomer.client()
    (found,) = client.get("/v1/conversations").json()["data"]
    path = f"/v1/conversations/{found['id']}"
    return [client.get(path).json()["data"]["attributes"]["status"] for _ in range(calls)]


def happened(kustomer: Kustomer) -> list[tuple[int, str, int]]:
    return [(entry.seq, entry.path, entry.status) for entry in kustomer.journal.find(method="WHEN")]


@pytest.mark.parametrize(
    ("when", "seen"),
    [({"after": 2}, [0, 0, 1]), ({"before": 2}, [0, 1, 1]), ({}, [0, 1, 1]), ({"after": 1, "times": 2}, [0, 1, 2])],
)
@pytest.mark.kustomer(scenario="empty")
def test_time_moves_between_the_calls_that_were_named(kustomer: Kustomer, when: Any, seen: list[int]) -> None:
    """One call off is another race."""
    client = kustomer.client()
    kustomer.when(**DONE, **when)
    for _ in range(3):
        client.get(TEAMS)
    assert [int(entry.at[14:16]) for entry in kustomer.journal.find(operation="GetTeams")] == seen
    assert kustomer.when.waiting == []


def test_a_scenario_moves_the_world_and_the_journal_names_the_cause(small: Kustomer) -> None:
    """Whoever reads a lost race afterwards must see what came between which calls, and by whom."""
    assert statuses(small, 3) == ["open", "open", "done"]
    (entry,) = small.journal.find(method="WHEN")
    assert (entry.seq, entry.path, entry.status, entry.operation) == (4, "when-1", 200, "")
    detail = {"act": "UpdateConversation", "after": 2, "call": "GetConversation"}
    assert entry.steps() == [{"step": "when", "outcome": "happened", "detail": detail}]
    assert any(change.record == entry.record and "status" in change.attributes for change in entry.changes)
    assert small.journal.summary().calls == 4, "it is no call of the agent's"


def test_what_is_to_happen_goes_along_and_comes_back(small: Kustomer) -> None:
    """A fork in the middle of a race is in the middle of it; a reset is at its start."""
    assert statuses(small, 1) == ["open"]
    snapshot = small.snapshot()
    with small.episode() as fork:
        assert statuses(fork, 2) == ["open", "done"]
    assert statuses(small, 2) == ["open", "done"]
    small.restore(snapshot)
    assert statuses(small, 2) == ["open", "done"]
    small.api.worlds.reset(small.world)
    assert statuses(small, 3) == ["open", "open", "done"]


@pytest.mark.kustomer(scenario="empty")
def test_a_call_that_a_fault_keeps_from_being_made_is_not_counted(kustomer: Kustomer) -> None:
    """To the world it has never come."""
    kustomer.when(**DONE)
    kustomer.faults.arm(operation="GetTeams", status=503)
    client = kustomer.client()
    assert client.get(TEAMS).status_code == 503
    assert happened(kustomer) == []
    client.get(TEAMS)
    assert happened(kustomer) == [(3, "when-1", 200)]


@pytest.mark.kustomer(scenario="empty")
def test_what_is_refused_has_not_happened_and_the_rest_has(kustomer: Kustomer) -> None:
    """A world may have moved on so far that an act no longer fits; the call of the agent is not to blame."""
    gone = {"operation": "UpdateTeamById", "path": {"id": "0" * 24}, "body": {"name": "x"}}
    kustomer.when(operation="GetTeams", do=[gone, TEAM])
    assert kustomer.client().get(TEAMS).status_code == 200
    assert happened(kustomer) == [(2, "when-1", 404), (3, "when-1", 201)]
    assert "404" in kustomer.never_met()
    kustomer.when.forget("when-1")


@pytest.mark.kustomer(scenario="empty")
def test_a_test_fails_if_what_it_is_about_never_happens(kustomer: Kustomer) -> None:
    """A race that did not take place is no race that was won."""
    id = kustomer.when(operation="GetTeams", after=3, do=TEAM)
    kustomer.client().get(TEAMS)
    assert "when-1: CreateTeam after 1 more of operation GetTeams, from number 3 on, 1 seen" in kustomer.never_met()
    kustomer.when.forget(id)
    assert kustomer.never_met() == ""


MISTAKES: list[tuple[str, str, int, str]] = [
    ("status: done", "priority: high", 12, "when.0.do.0.body.priority must be an integer"),
    ("after: 2", "after: 0", 10, "when.0.after must be at least 1"),
    ("after: 2", "after: 1\n    before: 1", 11, "when.0.before is not allowed beside after"),
    ("after: 2", "later: 1", 10, "when.0.later is not a known field here; did you mean 'after'?"),
    (
        "GetConversation,",
        "GetConversion,",
        9,
        "when.0.match.operation must be a known operation; did you mean 'GetConversation'?",
    ),
    ("customers.jane", "customers.joan", 9, "when.0.match.customer names no entry of customers above it"),
    ("status: done", "state: done", 12, "when.0.do.0.body.state is not a known field here; did you mean 'status'?"),
    ("path: {id:", "path: {to:", 12, "when.0.do.0.path.to is not a known field here; known: id"),
    ("by: priya", "by: paul", 12, "when.0.do.0.by must be the id of a user"),
    (
        "operation: UpdateC",
        "operation: GetC",
        12,
        "when.0.do.0.operation must be an operation that changes something",
    ),
    ("{operation: UpdateConversation, path", "{path", 12, "when.0.do.0 must have one of operation, sensitive"),
]


@pytest.mark.kustomer(scenario="empty")
@pytest.mark.parametrize(("old", "new", "line", "reason"), MISTAKES, ids=[reason for *_, reason in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_place(
    kustomer: Kustomer, old: str, new: str, line: int, reason: str
) -> None:
    """What cannot happen is refused when the file is read, not in the middle of a run."""
    with pytest.raises(ScenarioError, match="when") as told:
        scenario_of(FILE.replace(old, new), file="when.yaml")(kustomer.api.worlds.pristine(WorldSpec(name="new")))
    assert (told.value.line, reason) == (line, told.value.reason[: len(reason)])


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ({"plan": "tiny"}, "do.0.plan must be one of business"),
        ({"limits": {"searches": 1}}, "do.0.limits.searches is not a known field here; did you mean 'search'?"),
        ({"limits": {"search": 0}}, "do.0.limits.search must be at least 1"),
        ({"limits": {"search": 10**10}}, "do.0.limits.search must be at most 1000000000"),
        ({"limits": {}}, "do.0.limits must have at least 1 fields"),
        ({"sensitive": {}}, "do.0.sensitive must have at least 1 fields"),
        ({"sensitive": {"customer": []}}, "do.0.sensitive.customer must have at least 1 items"),
        ({"advance": "P1Y"}, "do.0.advance must be a duration of weeks, days,"),
        ({"use_up": "tea"}, "do.0.use_up must be one of org, users, search, hooks, whatsapp_outbound"),
        ({"use_up": "record_updates"}, "do.0.use_up must be one of org, users, search, hooks, whatsapp_outbound"),
        ({"use_up": {"budget": "record_updates"}}, "do.0.use_up.object is required"),
        ({"use_up": {"budget": "org", "object": "x"}}, "do.0.use_up.object is not a known field here; known: budget,"),
        ({"advance": "a while"}, "do.0.advance must be a duration"),
        ({"sensitive": {"customer": "phones"}}, "do.0.sensitive.customer must be an array"),
        ({"sensitive": {"custmer": ["phones"]}}, "do.0.sensitive.custmer is not a known field here"),
        ({"operation": "UpdateTeamById", "path": {"id": "x"}}, "do.0.path.id must be an id of 24 hexadecimal digits"),
        ({"plan": "business", "by": "x"}, "do.0.by is not a field of plan; it belongs to operation"),
        ({"plan": "business", "advance": "PT1M"}, "do.0 must have exactly one of"),
    ],
)
@pytest.mark.kustomer(scenario="empty")
def test_an_act_that_cannot_be_is_refused(kustomer: Kustomer, act: dict[str, Any], reason: str) -> None:
    """In a test as in a file, and before anything is called."""
    with pytest.raises(ValueError, match="do") as told:
        kustomer.when(do=act)
    assert str(told.value)[: len(reason)] == reason


@pytest.mark.kustomer(scenario="empty")
def test_the_words_for_budgets_plan_and_masks_do_what_they_say(kustomer: Kustomer) -> None:
    """These have no call of the API."""
    kustomer.client().post("/v1/customers", json={"name": "Jane", "phones": [{"phone": "+15555550100"}]})
    acts: list[dict[str, Any]] = [
        {"plan": "professional"},
        {"limits": {"org": 40}},
        {"use_up": {"budget": "org", "leave": 2}},
    ]
    kustomer.when(path="/v1/customers", do=[*acts, {"sensitive": {"customer": ["phones"]}}])
    client = kustomer.client()
    answers = [client.get("/v1/customers") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    shown = [answer.json()["data"][0]["attributes"]["phones"][0]["phone"] for answer in answers[:2]]
    assert (shown, kustomer.world.plan) == (["+15555550100", "***"], "professional")


def test_a_tool_call_moves_the_world_as_well(small: Kustomer, make_kustomer_mcp: Any) -> None:
    """An agent that works by MCP meets the same world."""
    tools: KustomerMcp = make_kustomer_mcp(small)
    small.when(tool="list_all_kustomer_teams", after=2, do=TEAM)
    for _ in range(2):
        tools.result("list_all_kustomer_teams")
    assert [entry.method for entry in small.journal.entries] == ["GET", "GET", "WHEN"]


@pytest.mark.kustomer(scenario="empty")
def test_over_a_socket_the_control_api_says_what_happens(kustomer_server: KustomerServer, kustomer: Kustomer) -> None:
    """Programs in any language get the same, and what a test says happens to whoever calls by the socket."""
    headers = {"authorization": f"Bearer {kustomer.api_key}"}
    with httpx.Client(base_url=kustomer_server.base_url, headers=headers) as http:
        own = {"match": {"operation": "GetTeams"}, "before": 1, "do": [TEAM]}
        control = f"/_sandbox/worlds/{kustomer.world.name}/when"
        made = http.post(control, json=own)
        assert (made.status_code, made.json()["id"], made.json()["before"]) == (201, "when-1", 1)
        assert http.get(control).json() == [made.json()]
        assert http.post(control, json={**own, "do": [{"plan": "tiny"}]}).status_code == 400
        kustomer.when(**DONE)
        http.get(TEAMS)
        assert happened(kustomer) == [(1, "when-1", 201), (3, "when-2", 200)]
        http.post(control, json=own)
        assert http.delete(f"{control}/when-9").status_code == 404
        assert http.delete(f"{control}/when-3").status_code == 204
        http.post(control, json=own)
        assert http.delete(control).status_code == 204
        assert kustomer.when.waiting == []


def nested(levels: int) -> str:
    return '{"do": ' + "[" * levels + "]" * levels + "}"


@pytest.mark.kustomer(scenario="empty")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            '{"match": {"path": "\\ud800"}, "do": [{"plan": "business"}]}',
            "The body cannot be read as JSON in UTF-8, from",
        ),
        ('{"do": [{"plan": "business"}], "after": NaN}', "The body cannot be read as JSON in UTF-8, from"),
        (nested(2000), "The body cannot be read as JSON in UTF-8, from"),
        (nested(300), "it is nested more than 100 levels deep."),
        ('{"do": [{"plan": "business"}], "after": 1' + "0" * 30 + "}", "after must be at most 1000000."),
        ('{"do": [{"plan": "business"}], "match": {"path": "v1/teams"}}', "match.path must begin with a slash"),
        ('{"do": [{"plan": "business"}], "times_": 1}', "times_ is not a known field here; did you mean 'times'?"),
    ],
)
def test_what_could_not_be_kept_is_refused_by_the_control_api(
    kustomer_server: KustomerServer, kustomer: Kustomer, body: str, reason: str
) -> None:
    """Else a world with a store could no longer be written, or what waits could no longer be shown."""
    url = f"{kustomer_server.base_url}/_sandbox/worlds/{kustomer.world.name}/when"
    refused = httpx.post(url, content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 400, refused.text
    assert refused.json()["errors"][0]["message"].startswith(reason)
    assert httpx.get(url).json() == []


async def test_an_episode_has_the_prompt_and_the_moves_of_its_scenario() -> None:
    """Whoever runs episodes of a file gets the task with it, and the same race in each of them."""
    async with running() as stage:
        text_of_file = FILE.replace('{operation: GetConversation, customer: "@customers.jane"}', "{}")
        stage.sandbox.api.worlds.add_scenario("race", scenario_of(text_of_file, file="race.yaml"))
        for _ in range(2):
            episode = await stage.begin(scenario="race")
            assert episode["prompt"] == "Answer Jane."
            for _ in range(2):
                done = await stage.call(episode["mcp_url"], CREATE, {"name": "canary"})
                assert not done.is_error, text(done)
            told = await stage.end(episode)
            assert [list(change["attributes"]) != [] for change in told["diff"]["conversation"]["changed"]] == [True]
        assert (await stage.begin())["prompt"] is None
