"""Runs written by hand: what the client wanted, how they are written down, what they would be like, what to save."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.world.spending.run import FORM, NotARun, Run, RunCall, RunNotes, run_of
from kustomer_sandbox.simulator.world.spending.saving import Saving, savings
from kustomer_sandbox.simulator.world.spending.what_if import FirstRefused, forecast, what_if

START = parse("2026-06-09T12:00:00.000Z")
ORG = (("org", "org"),)
JANE = "5a" * 12
NOTE = (("org", "org"), ("notes_created", f"notes_created:user:{JANE}"))


def call(after: float = 0, **facts: Any) -> RunCall:
    """A GET that succeeded so many seconds after the start, or another call."""
    shown: dict[str, Any] = {
        "key": "key-1",
        "method": "GET",
        "path": "/v1/teams",
        "operation": "GetTeams",
        "status": 200,
    } | facts
    return RunCall(at=iso(START + timedelta(seconds=after)), **shown)


def run(*calls: RunCall, **facts: Any) -> Run:
    return Run(**{"plan": "ultimate", "limits": {}, "calls": calls} | facts)


def refused(after: float = 0, **facts: Any) -> RunCall:
    return call(after, **{"status": 429, "refused_by": "org"} | facts)


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        ([], []),
        ([call(1), call(6), call(6)], [(1, 0), (2, 5), (3, 0)]),
        ([call(5), call(2), call(4)], [(1, 0), (2, 0), (3, 2)]),
        ([refused(asks=1), call(60, asks=1), call(61)], [(2, 0), (3, 1)]),
        (
            [call(asks=1), refused(10, asks=2), refused(30, asks=2), call(70, asks=2), call(75)],
            [(1, 0), (4, 10), (5, 5)],
        ),
        ([call(asks=1), refused(10, asks=2), call(20, asks=3), call(70, asks=2)], [(1, 0), (3, 10), (4, 50)]),
        ([call(asks=1), refused(10, asks=1), call(12)], [(1, 0), (2, 10), (3, 2)]),
        ([refused(asks=1), call(60, asks=2)], [(1, 0), (2, 60)]),
        ([refused(), call(60)], [(1, 0), (2, 60)]),
        ([call(asks=1), call(3, asks=1)], [(1, 0), (2, 3)]),
    ],
)
def test_a_refused_call_that_was_granted_later_counts_once_and_its_waiting_not_at_all(
    calls: list[RunCall], wanted: list[tuple[int, float]]
) -> None:
    """One that never was counts as it is. Clocks that were set back make no pause."""
    found = [(number, pause.total_seconds()) for number, _, pause in run(*calls).wanted()]
    assert found == wanted
    assert [made for _, made, _ in run(*calls).wanted()] == [calls[number - 1] for number, _ in wanted]


def test_a_run_is_written_down_without_what_is_not_there_and_read_as_it_was() -> None:
    """A line for each fact, so that a person can read it."""
    full = call(1, draws=NOTE, refused_by="org", asks=3, answer=4)
    bare = RunCall(at=iso(START), key="", method="GET", path="/", operation="", status=0)
    made = run(full, bare, limits={"notes_created": 2}, left_out=5)
    text = made.as_json()
    assert text.startswith(b'{\n  "form": "kustomer-sandbox run 1",\n  "plan": "ultimate"')
    assert text.endswith(b"}\n")
    whole = json.loads(text)
    assert whole["calls"][1] == {"at": iso(START), "method": "GET", "path": "/"}
    assert set(whole["calls"][0]) == {
        "at", "key", "method", "path", "operation", "status", "draws", "refused_by", "asks", "answer",
    }  # fmt: skip
    assert run_of(text) == made
    assert (bare.draws, bare.refused_by, bare.asks, bare.answer, run().left_out) == ((), "", 0, 0, 0)


BARE = {"at": iso(START), "method": "GET", "path": "/"}
WHOLE = {"form": FORM, "plan": "ultimate", "limits": {}, "left_out": 0, "calls": [BARE]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"form": "kustomer-sandbox run 2"}, f"it is no recording of this version: its form is not {FORM!r}"),
        ({"form": "kustomer-sandbox run 0"}, f"it is no recording of this version: its form is not {FORM!r}"),
        ({"limits": {"org": "many"}}, "it lacks"),
        ({"limits": None}, "it lacks"),
        ({"left_out": "x"}, "it lacks"),
        ({"plan": None, "calls": [{"method": "GET", "path": "/"}]}, "it lacks"),
        ({"calls": [{"at": "yesterday", "method": "GET", "path": "/"}]}, "it lacks"),
        ({"calls": [{"at": iso(START), "method": "GET"}]}, "it lacks"),
        ({"calls": [{**BARE, "body": "x"}]}, "it lacks"),
        ({"calls": [{**BARE, "draws": [["org"]]}]}, "it lacks"),
        ({"calls": ["x"]}, "it lacks"),
    ],
)
def test_what_no_run_looks_like_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    assert run_of(json.dumps(WHOLE).encode()).calls == (
        RunCall(at=iso(START), key="", method="GET", path="/", operation="", status=0),
    )
    with pytest.raises(NotARun, match=words.partition(":")[0]) as caught:
        run_of(json.dumps(WHOLE | change).encode())
    assert str(caught.value).startswith(words)
    assert caught.value.__cause__ is None


def test_what_is_no_json_is_no_run() -> None:
    with pytest.raises(NotARun, match="it is no JSON"):
        run_of(b"{")


def test_equal_questions_and_answers_have_one_number_and_counters_of_no_id_another() -> None:
    """No value stands in a run: what a counter was for, if it is no id, is a number as well."""
    notes = RunNotes()
    mail = (("notes_created", "notes_created:user:email=jane:doe"),)
    john = (("notes_created", "notes_created:user:email=john"),)
    for asked, answered, draws in (("a", "x", mail), ("b", "x", NOTE), ("a", "y", john), ("c", "z", mail)):
        notes.note(call(draws=draws), asked=asked, answered=answered)
    assert [(made.asks, made.answer) for made in notes.calls] == [(1, 1), (2, 1), (1, 2), (3, 3)]
    told = [made.draws[-1] for made in notes.calls]
    assert told == [("notes_created", f"notes_created:user:{end}") for end in ("***1", JANE, "***2", "***1")]
    assert replace(notes.calls[1], asks=0, answer=0) == call(draws=NOTE)


def test_of_too_long_a_run_the_end_is_counted() -> None:
    """A hundred thousand calls are kept, and none of them is told by chance."""
    notes = RunNotes(calls=[call()] * 99_999)
    assert repr(notes) == "RunNotes(left_out=0)"
    for _ in range(3):
        notes.note(call(), asked=1, answered=1)
    assert (len(notes.calls), notes.left_out) == (100_000, 2)
    kept = RunNotes(calls=[call()] * 100_001)  # taken back from a version that kept more
    kept.note(call(), asked=1, answered=1)
    assert (len(kept.calls), kept.left_out) == (100_001, 1)


def saved(contracts: Contracts, calls: Sequence[RunCall]) -> list[str]:
    return [str(saving) for saving in savings(run(*calls), contracts)]


def reads(*asked: tuple[int, int], **facts: Any) -> list[RunCall]:
    """Reads by what they ask and what they are answered."""
    return [call(asks=asks, answer=answer, **facts) for asks, answer in asked]


def written(number: int, operation: str = "UpdateNoteById", method: str = "PUT", **facts: Any) -> list[RunCall]:
    return [
        call(operation=operation, method=method, path=f"/v1/notes/{n}", asks=n + 1, answer=n + 1, **facts)
        for n in range(number)
    ]


def one_by_one(saved: int, calls: int, operation: str, instead: str) -> str:
    return f"{saved} of {calls}: {operation} one by one by key-1 (#1 to #{calls}), {instead} takes up to 100 at once"


KEPT = "with the same answer, to be kept"


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        (reads((1, 1)), []),
        (reads((1, 1), (1, 1)), [f"1 of 2: GetTeams asked again by key-1 (#1 to #2), {KEPT}"]),
        (reads((1, 1), (2, 1), (1, 1), (1, 1)), [f"2 of 3: GetTeams asked again by key-1 (#1 to #4), {KEPT}"]),
        (reads((1, 1), (1, 2), (1, 1)), []),
        (reads((1, 3), (1, 3), (1, 2), (1, 2)), [f"2 of 4: GetTeams asked again by key-1 (#1 to #4), {KEPT}"]),
        (reads((1, 1), (2, 2), (2, 2), (1, 1)), [f"2 of 4: GetTeams asked again by key-1 (#1 to #4), {KEPT}"]),
        (reads((0, 1), (0, 1)), []),
        (reads((1, 0)), []),
        (reads((1, 1), (1, 1), operation="DeleteTeam"), []),
        (
            [*reads((9, 9), operation="CreateTeam"), *reads((1, 1000), (1, int("1000")))],
            [f"1 of 2: GetTeams asked again by key-1 (#2 to #3), {KEPT}"],
        ),
        (reads((1, 1), (1, 1), status=399), [f"1 of 2: GetTeams asked again by key-1 (#1 to #2), {KEPT}"]),
        (reads((1, 1), (1, 1), status=400), []),
        (reads((1, 1), (1, 1), status=404), []),
        (reads((1, 1), (1, 1), status=0), []),
        (reads((1, 1), (1, 1), operation=""), []),
        (
            reads((1, 1), (1, 1), operation="CustomerSearch", method="POST"),
            [f"1 of 2: CustomerSearch searched again by key-1 (#1 to #2), {KEPT}"],
        ),
        (reads((1, 1), (1, 1), operation="CreateTeam", method="POST"), []),
        (
            [*reads((1, 1), (1, 1)), *reads((2, 1), (2, 1), (2, 1), key="key-2")],
            [
                f"2 of 3: GetTeams asked again by key-2 (#3 to #5), {KEPT}",
                f"1 of 2: GetTeams asked again by key-1 (#1 to #2), {KEPT}",
            ],
        ),
        (
            [*reads((2, 1), (2, 1), operation="GetTags"), *reads((1, 1), (1, 1))],
            [
                f"1 of 2: GetTags asked again by key-1 (#1 to #2), {KEPT}",
                f"1 of 2: GetTeams asked again by key-1 (#3 to #4), {KEPT}",
            ],
        ),
        (written(1), []),
        (
            written(2),
            [one_by_one(1, 2, "UpdateNoteById", "BulkBatchUpdateNotes")],
        ),
        (
            written(100),
            [one_by_one(99, 100, "UpdateNoteById", "BulkBatchUpdateNotes")],
        ),
        (
            written(101),
            [one_by_one(99, 101, "UpdateNoteById", "BulkBatchUpdateNotes")],
        ),
        (
            [*written(2), *written(1)],
            [one_by_one(1, 2, "UpdateNoteById", "BulkBatchUpdateNotes")],
        ),
        ([*written(1), *written(1, key="key-2")], []),
        (
            written(2, "CreateNoteWithinConversation", "POST") + written(1, "CreateNoteWithinConversation", "POST"),
            [one_by_one(2, 3, "CreateNoteWithinConversation", "BulkCreateNotes")],
        ),
        (
            written(2, "CreateCompany", "POST"),
            [one_by_one(1, 2, "CreateCompany", "BulkCreateCompanies")],
        ),
        (written(2, "CreateTeam", "POST"), []),
        (written(2, "PatchNoteById", "PATCH"), []),
        (written(2, "AppendTagsToConversation", "POST"), []),
        (
            written(2, "DeleteCustomer", "DELETE"),
            [one_by_one(1, 2, "DeleteCustomer", "BulkDeleteCustomers")],
        ),
        (written(1, "DeleteCustomer", "DELETE") * 2, []),
        (written(2, "DeleteTeam", "DELETE"), []),
        (
            written(2, "GetCustomerById", "GET"),
            [one_by_one(1, 2, "GetCustomerById", "GetCustomerById")],
        ),
        (written(2, "GetTeamById", "GET"), []),
        (
            [*written(2, "GetCustomerById", "GET"), *written(1, "GetCustomerById", "GET")],
            [
                f"1 of 2: GetCustomerById asked again by key-1 (#1 to #3), {KEPT}",
                one_by_one(1, 2, "GetCustomerById", "GetCustomerById"),
            ],
        ),
    ],
)
def test_what_could_be_saved_is_told_the_most_first(
    contracts: Contracts, calls: list[RunCall], told: list[str]
) -> None:
    """What was asked again with the same answer, and what one call does for many records; no call counts twice."""
    assert saved(contracts, calls) == told


def test_equal_savings_are_in_the_order_of_their_first_calls_then_by_name(contracts: Contracts) -> None:
    made = [*reads((1, 1), operation="GetTeams"), *reads((2, 1), operation="GetTags")]
    assert [line.split()[3] for line in saved(contracts, [made[1], made[0], made[0], made[1]])] == [
        "GetTags",
        "GetTeams",
    ]
    assert Saving(kind="one by one", operation="A", key="k", calls=2, saved=1, instead="", first=1, last=2).saved == 1


def test_a_forecast_waits_as_the_budgets_say_and_charges_as_the_pipeline_does(contracts: Contracts) -> None:
    """What a failed call took of an object's budget is given back, what it took of the organisation's is not."""
    limits = contracts.limits
    notes = [call(1, draws=NOTE, status=status) for status in (201, 399, 400, 400, 404, 404, 201)]
    own = {"notes_created": 2, "org": 1, "hooks": 1}
    found = forecast(run(*notes, limits=own), limits, "professional")
    assert (found.plan, found.requests, found.takes, found.waits, found.refused) == ("professional", 300, 60.0, 60.0, 1)
    assert found.waited_for == {"notes_created": 60.0}
    assert found.first_refused == FirstRefused(
        number=3, method="GET", path="/v1/teams", operation="GetTeams", budget="notes_created", limit=2, after=0.0
    )


def test_a_call_that_was_refused_when_it_was_recorded_is_charged_as_one_that_was_granted(contracts: Contracts) -> None:
    """On the plan of the forecast it happens."""
    refusals = [refused(draws=NOTE) for _ in range(3)]
    found = forecast(run(*refusals, limits={"notes_created": 2}), contracts.limits, "ultimate")
    assert (found.refused, found.takes) == (1, 60.0)


def test_what_a_refusal_of_the_second_object_took_of_the_first_is_given_back(contracts: Contracts) -> None:
    """Else the client would wait for it, too."""
    both = (*NOTE, ("messages_created", f"messages_created:user:{JANE}"))
    full = (("messages_created", f"messages_created:user:{JANE}"),)
    calls = [call(draws=full), call(30, draws=both), call(31, draws=NOTE), call(32, draws=NOTE)]
    found = forecast(run(*calls, limits={"messages_created": 1, "notes_created": 3}), contracts.limits, "ultimate")
    assert (found.refused, found.waited_for, found.takes) == (1, {"messages_created": 30.0}, 62.0)
    assert found.first_refused is not None
    assert (found.first_refused.number, found.first_refused.after) == (2, 30.0)


def test_a_wait_ends_with_the_whole_second_that_has_budget_again(contracts: Contracts) -> None:
    found = forecast(run(*[call(0.25 + n / 8, draws=ORG) for n in range(301)]), contracts.limits, "professional")
    assert (found.refused, found.waits, found.takes) == (1, 23.25, 60.75)


def test_the_table_tells_each_plan_and_what_is_left_out(contracts: Contracts) -> None:
    """Hours, minutes and seconds as far as there are any."""
    told = what_if(run(call(draws=ORG), call(3723.449, draws=ORG), plan="business", left_out=3), contracts)
    assert (told.calls, told.recorded_on, told.left_out) == (2, "business", 3)
    assert told.under("enterprise").requests == 1000
    assert str(told).splitlines() == [
        "2 calls, recorded on the plan business (3 more are left out)",
        "plan          a minute  takes            waits  refused  first refused",
        *(
            f"{plan:12}  {requests:<8}  1 h 2 min 3.4 s  0 s    0        -"
            for plan, requests in (("ultimate", 2000), ("enterprise", 1000), ("business", 500), ("professional", 300))
        ),
        "calls to save:",
        "  none that shows",
    ]


def test_the_largest_plan_comes_first_in_whatever_order_they_are_written(contracts: Contracts) -> None:
    limits = contracts.limits
    shuffled = replace(limits, plans=dict(sorted(limits.plans.items(), key=lambda item: item[1])))
    told = what_if(run(call(draws=ORG)), replace(contracts, limits=shuffled))
    assert [found.plan for found in told.plans] == ["ultimate", "enterprise", "business", "professional"]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (0, "0 s"),
        (0.04, "0 s"),
        (1, "1 s"),
        (59.96, "1 min"),
        (60, "1 min"),
        (61.5, "1 min 1.5 s"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
    ],
)
def test_a_time_is_told_in_its_largest_units(after: float, words: str) -> None:
    told = FirstRefused(number=7, method="GET", path="/v1/teams", operation="", budget="org", limit=300, after=after)
    assert str(told) == f"#7 GET /v1/teams by org (300) after {words}"
