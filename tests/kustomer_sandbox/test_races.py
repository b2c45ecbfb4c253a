"""Agents in a world that moves while they work: what an agent gets wrong shows, every time and to the byte."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from kustomer_sandbox import world
from kustomer_sandbox.testkit.kustomer import Kustomer
from tests.kustomer_sandbox.raced import RACES, SCENARIO, Agent, Job, Race

BAD_REQUEST = 400
Ids = Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def origin() -> Iterator[tuple[Kustomer, Ids]]:
    """A world of the scenario, to run each race in an episode of."""
    with world(scenario="empty") as kustomer:
        yield kustomer, kustomer.seed(SCENARIO)


def job_of(kustomer: Kustomer, ids: Ids) -> Job:
    return Job(
        http=kustomer.client(),
        jane=ids["customers"]["jane"],
        janet=ids["customers"]["janet"],
        parcel=ids["conversations"]["parcel"],
        priya=ids["users"]["priya"],
        wait=kustomer.clock.advance,
    )


def run(origin: tuple[Kustomer, Ids], race: Race, agent: Agent, *, moves: bool = True) -> tuple[bool, bytes]:
    """Whether all is as it should be in the end, and the journal."""
    with origin[0].episode() as kustomer:
        job = job_of(kustomer, origin[1])
        if moves:
            kustomer.when(**race.when(job))
        agent(job)
        journal = json.dumps([entry.shown() for entry in kustomer.journal.entries]).encode()
        kustomer.clock.advance(60)  # the budget of who looks is another matter
        return race.is_right(kustomer, job), journal


@pytest.mark.parametrize("name", RACES)
def test_an_agent_loses_a_race_or_handles_it_the_same_way_every_time(origin: tuple[Kustomer, Ids], name: str) -> None:
    """A race that only sometimes happens teaches nothing: here the loser always loses, and the bytes are the same."""
    race = RACES[name]
    (lost, journal), again = run(origin, race, race.loses), run(origin, race, race.loses)
    assert (lost, journal) == again
    (handled, journal), again = run(origin, race, race.handles), run(origin, race, race.handles)
    assert (handled, journal) == again
    assert (lost, handled) == (False, True)
    assert b'"method": "WHEN"' in journal


@pytest.mark.parametrize("name", RACES)
def test_explore_finds_the_race_without_being_told_its_call(origin: tuple[Kustomer, Ids], name: str) -> None:
    """Who says what may happen and what is right need not know where it is lost."""
    race, (kustomer, ids) = RACES[name], origin

    def holds(moved: Kustomer) -> None:
        moved.clock.advance(60)
        assert race.is_right(moved, job_of(moved, ids)) or not moved.journal.find(method="WHEN")

    explored = kustomer.explore(
        lambda moved: race.loses(job_of(moved, ids)),
        when={name: race.when(job_of(kustomer, ids))["do"]},
        holds=holds,
    )
    assert explored.points == len(explored.calls)
    assert "not_held" in {finding.rule for finding in explored.findings}


@pytest.mark.parametrize("name", RACES)
def test_where_nothing_moves_the_losing_agent_does_no_wrong(origin: tuple[Kustomer, Ids], name: str) -> None:
    """What it loses by is the race, and no other mistake: not one of its calls is refused."""
    _, journal = run(origin, RACES[name], RACES[name].loses, moves=False)
    assert [entry for entry in json.loads(journal) if entry["status"] >= BAD_REQUEST] == []
