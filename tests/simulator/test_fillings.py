"""Which calls filled a budget, read from journals written by hand: whose, of which minute, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.model import Limits
from kustomer_sandbox.simulator.operations.journal_steps import budget_step, refused_budget
from kustomer_sandbox.simulator.world.journal import Journal, JournalEntry, Step
from kustomer_sandbox.simulator.world.spending.filling import Fillings, SpentKind

STARTS, LAST, ENDS = "2026-06-09T12:00:00.000Z", "2026-06-09T12:00:59.999Z", "2026-06-09T12:01:00.000Z"
NOTES, MESSAGES, SENT = "notes_created", "messages_created", "whatsapp_outbound"
JANE = "5a" * 12
DONE: Step = ("rule", "ok", (), ())


@pytest.fixture(scope="module")
def limits(contracts: Contracts) -> Limits:
    return contracts.limits


def took(budget: str = NOTES, target: str = JANE) -> Step:
    return budget_step(budget, 1, 120, target)


def entry(
    *trace: Step, at: str = STARTS, key: str = "key-1", operation: str = "CreateNote", **more: Any
) -> JournalEntry:
    """A call that a rule has done, or another trace."""
    facts: dict[str, Any] = {"method": "POST", "path": "/v1/notes", "status": 201} | more
    return JournalEntry(at=at, key=key, operation=operation, trace=trace or (took(), DONE), **facts)


def refused(budget: str = NOTES, target: str = JANE, *after: Step, **more: Any) -> JournalEntry:
    """A call that the budget refuses until the minute ends, and what else the journal says of it."""
    names, values = refused_budget(budget, 120, target, 0)
    step: Step = ("budget", "refused", names, (*values[:-1], ENDS))
    return entry(took(), step, *after, status=429, **more)


def told(limits: Limits, *entries: JournalEntry, last: JournalEntry | None = None) -> str:
    """What the last entry's line ends in."""
    journal = Journal()
    for made in (*entries, last or refused()):
        journal.add(made)
    return Fillings(journal, limits).told(journal.entries[-1])


def test_a_budget_without_an_entry_is_filled_by_nothing(limits: Limits) -> None:
    """So is what another step refuses, and what nothing does."""
    assert told(limits) == ""
    assert told(limits, entry(), last=entry()) == ""
    assert told(limits, entry(), last=entry(took(), ("schema", "refused", ("code",), ("invalid",)), status=400)) == ""
    assert (
        told(limits, entry(), last=JournalEntry(at=STARTS, method="GET", path="/", operation="", status=404, key=""))
        == ""
    )


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        (entry(), True),
        (entry(at=LAST), True),
        (entry(at="2026-06-09T11:59:59.999Z"), False),
        (entry(at=ENDS), False),
        (entry(at="2026-06-09T12:01:00.001Z"), False),
        (entry(key="key-2"), False),
        (entry(took(target="4" * 24), DONE), False),
        (entry(took(target="6" * 24), DONE), False),
        (entry(took(MESSAGES), DONE), False),
        (entry(took("record_updates"), DONE), False),
        (entry(took(), took(MESSAGES), DONE), True),
        (entry(took(MESSAGES), took(), DONE), True),
        (entry(took(MESSAGES), DONE, took()), True),
        (entry(("rule", "warning", (), ()), took(), DONE), True),
        (entry(("attributes", "masked", (), ()), took(), DONE), True),
        (entry(took(), ("rule", "refused", (), ()), status=409), False),
        (entry(took(), ("rule", "applied", (), ()), status=409), False),
        (entry(("schema", "ok", (), ()), took(), ("webhook", "ok", (), ()), status=409), False),
        (entry(("budget", "refused", *took()[2:]), DONE), False),
        (entry(("audit", "ok", *took()[2:]), DONE), False),
        (entry(("schema", "ok", *took()[2:]), DONE), False),
        (entry(("budget", "ok", ("budget",), (NOTES,)), DONE), False),
        (entry(took(), method="DELETE"), False),
        (entry(took(), method="GET"), False),
        (entry(took(), method=str(b"DUE", "ascii")), True),
        (entry(DONE), False),
    ],
)
def test_a_call_counts_that_took_a_unit_of_this_minute_and_kept_it(
    limits: Limits, made: JournalEntry, *, counts: bool
) -> None:
    """Its own object's, by the same client, from the first instant to before the end; a job keeps what it takes."""
    assert told(limits, made) == (" filled by 1 x CreateNote by key-1 (#1)" if counts else "")


@pytest.mark.parametrize("budget", ["org", SENT])
def test_of_a_budget_that_clients_share_the_calls_of_all_count(limits: Limits, budget: str) -> None:
    """The organisation's is taken by refused calls, too."""
    target = "" if budget == "org" else "everything"
    other = entry(took(budget, target), DONE, key="key-2")
    kept = entry(took(budget, target), status=404)
    more = ", 1 x CreateNote by key-1 (#2)" if budget == "org" else ""
    assert told(limits, other, kept, last=refused(budget, target)) == f" filled by 1 x CreateNote by key-2 (#1){more}"


def test_the_most_frequent_kinds_are_told_first_then_the_earliest(limits: Limits) -> None:
    """Three of them, and how many more there are. What has no operation is told by its path."""
    kinds = [entry(operation=name) for name in ("A", "B", "C")]
    assert told(limits, *kinds) == " filled by 1 x A by key-1 (#1), 1 x B by key-1 (#2), 1 x C by key-1 (#3)"
    often = [entry(operation="Z"), *kinds, entry(operation="D"), entry(operation="E"), entry(operation="Z")]
    assert told(limits, *often) == (
        " filled by 2 x Z by key-1 (#1 to #7), 1 x A by key-1 (#2), 1 x B by key-1 (#3) and 3 more"
    )
    path = entry(operation="")
    assert told(limits, path, kinds[0], kinds[0]) == (
        " filled by 2 x A by key-1 (#2 to #3), 1 x /v1/notes by key-1 (#1)"
    )
    assert str(SpentKind(operation="A", key="", times=1, first=1000, last=int("1000"))) == "1 x A by no key (#1000)"


def test_an_entry_is_shown_as_it_is_and_a_refused_one_with_what_filled_the_budget(limits: Limits) -> None:
    """Whatever else the journal tells behind the refusal, such as the readings that decided."""
    journal = Journal()
    for made in (entry(), entry(), refused(NOTES, JANE, ("readings", "ok", ("known-references",), ("own",)))):
        journal.add(made)
    fillings, (first, _, last) = Fillings(journal, limits), journal.entries
    assert fillings.shown(first) == first.shown()
    shown = fillings.shown(last)
    kind = {"operation": "CreateNote", "key": "key-1", "times": 2, "first": 1, "last": 2}
    assert shown["trace"][1]["detail"].pop("filled_by") == [kind]
    assert shown == last.shown()


def test_a_minute_is_looked_through_once(limits: Limits) -> None:
    """What is told of it stays, whatever comes later."""
    journal = Journal()
    for made in (entry(), refused()):
        journal.add(made)
    fillings = Fillings(journal, limits)
    before = fillings.of_refused(journal.entries[-1])
    journal.add(entry())
    assert fillings.of_refused(journal.entries[1]) is before
