"""The console's area World about what waits for calls, and about a run's world: counted, called off, and kept."""

from __future__ import annotations

import pytest

from tests.kustomer_sandbox.console_stage import ConsoleStage

TEAMS = {"operation": "GetTeams"}


@pytest.fixture
def stage() -> ConsoleStage:
    return ConsoleStage()


@pytest.fixture(scope="module")
def untouched() -> ConsoleStage:
    """For acts that are refused."""
    return ConsoleStage()


def refused(said: str) -> str:
    """The words of an act that was refused."""
    assert 'role="alert"' in said
    return said.partition("<p>")[2].partition("</p>")[0]


def test_a_fault_waits_for_its_call_and_says_how_many_it_has_seen(stage: ConsoleStage) -> None:
    """The third reading of two that meet it has not come yet; then it is taken back."""
    stage.act("world/arm", {"kind": "status", "nth": "2", "times": "2", **TEAMS})
    assert "from number 2 on, 0 seen" in stage.page("world")
    stage.rest("GET", "/v1/teams")
    assert "from number 2 on, 1 seen" in stage.page("world", block="live")
    assert "errors" in stage.rest("GET", "/v1/teams")
    page = stage.page("world")
    assert "2 seen" in page
    assert "armed, 1 left" in page
    assert "fired" in page
    stage.act("world/disarm", {"id": "fault-1"})
    assert "data" in stage.rest("GET", "/v1/teams")


def test_something_happens_at_the_call_it_is_tied_to(stage: ConsoleStage) -> None:
    """What it is stands there with what it sets by name; Traffic says at which call it came."""
    acts = '[{"operation": "CreateTeam", "body": {"name": "Moved"}}, {"advance": "PT5M"}]'
    said = stage.act("world/tie", {"side": "after", "nth": "2", "times": "1", "do": acts, **TEAMS})
    assert "when-1 waits for its call" in said
    assert "POST http://127.0.0.1:8700/_sandbox/worlds/demo/when" in said
    shown = stage.page("world", block="live")
    assert all(words in shown for words in ("right after", "from number 2 on, 0 seen", "sets name", "PT5M"))
    assert "Moved" not in shown, "a value may be one that is masked"
    for _ in range(2):
        stage.rest("GET", "/v1/teams")
    assert "Nothing is to happen" in stage.page("world")
    assert "CreateTeam, right after number 2 of GetTeams" in stage.page("traffic", method="WHEN")


def test_what_is_called_off_does_not_happen(stage: ConsoleStage) -> None:
    stage.act("world/tie", {"side": "before", "do": '{"plan": "professional"}', **TEAMS})
    assert "when-1 is called off" in stage.act("world/call_off", {"id": "when-1"})
    stage.rest("GET", "/v1/teams")
    assert stage.control("GET", "/worlds/demo")["plan"] == "enterprise"


@pytest.mark.parametrize(
    ("act", "form", "words"),
    [
        ("arm", {"kind": "status", "nth": "soon"}, "From which call on, and for how many, are whole numbers."),
        ("arm", {"kind": "status", "times": "0"}, "times: Input should be greater than or equal to 1."),
        ("arm", {"kind": "status", "details": "[]"}, 'Details are a JSON object, such as {"status": 429}.'),
        ("arm", {"kind": "status", "operation": "GetTeam"}, "no operation of this name; did you mean 'GetTeams'?"),
        ("tie", {"side": "after", "do": "{"}, "What is to happen is not valid JSON."),
        ("tie", {"side": "beside", "do": "{}"}, "It happens after a call, or before one."),
        ("tie", {"side": "after", "do": '{"plan": "tiny"}'}, "do.0.plan must be one of"),
        ("tie", {"side": "after", "do": '{"plan": "ultimate"}', "operation": "GetTeam"}, "did you mean 'GetTeams'?"),
        ("call_off", {"id": "when-9"}, "Nothing of this id is to happen; GET the world's /when for what is."),
    ],
)
def test_what_cannot_wait_is_refused_with_words(
    untouched: ConsoleStage, act: str, form: dict[str, str], words: str
) -> None:
    said = refused(untouched.act(f"world/{act}", form))
    assert words in said
    assert "?." not in said


def test_the_start_of_a_run_cannot_be_forgotten(stage: ConsoleStage) -> None:
    """No button offers it; whoever asks all the same is told why not. Other snapshots of the run can."""
    stage.act("scenarios/start", {"scenario": "verify-a-phone"})
    run = stage.control("GET", "/episodes")[0]["episode"]
    stage.control("POST", f"/worlds/{run}/snapshots")
    page = stage.page("world", world=run)
    assert "The run began here" in page
    assert [f'id="forget-snapshot-{number}"' in page for number in (1, 2)] == [False, True]
    said = stage.act("world/forget", {"id": "snapshot-1"}, world=run)
    assert "began there" in refused(said)
    assert "snapshot-2 is forgotten" in stage.act("world/forget", {"id": "snapshot-2"}, world=run)
