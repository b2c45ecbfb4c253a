"""Looks for scenarios that would let agents pass, or fail, for the wrong reason.

What can be seen without an agent: criteria that are met before anybody has called, ids and instants that stand in the
file, criteria that demand the same. With runs it can be seen whether each criterion is ever unmet, and by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kustomer_sandbox.grading.arena import Agent, Arena
from kustomer_sandbox.grading.judge import grade, scenario_in
from kustomer_sandbox.grading.trace import Trace
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario
from kustomer_sandbox.simulator.values.record import JSON

_ID = re.compile(r"[0-9a-f]{24}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_TO_BE_DONE = frozenset({"called", "in_order", "record_gone"})
"""Criteria that say what has to be done: one that is met by doing nothing says nothing."""

_OF_THE_END = frozenset({"record_has", "record_gone", "made", "nothing_else_changed"})
"""Criteria that look at the world as it was left: without one only the way there is judged, and not where it led."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weakness:
    """What is fragile about a scenario; `criterion` is its number, 0 for the scenario as a whole."""

    scenario: str
    criterion: int
    reason: str

    def __str__(self) -> str:
        return f"{self.scenario}{(self.criterion and f', criterion {self.criterion}') or ''}: {self.reason}"


def weaknesses(arena: Arena, scenario: FileScenario, runs: Iterable[Agent] = ()) -> list[Weakness]:
    """What is fragile about a scenario. `runs` are agents that may show that a criterion can fail."""
    if not scenario.criteria:
        return [*_of_the_text(scenario), _whole(scenario, "it has no criteria: there is nothing to grade")]
    name = arena.add(scenario)
    idle = _idle(arena, name)
    found = [*_of_the_text(scenario), *_of_idleness(scenario, idle), *_of_overlap(scenario)]
    verdicts = [idle, *(arena.run(name, agent).verdict for agent in runs)]
    return [*found, *(_of_runs(scenario, verdicts) if len(verdicts) > 1 else ())]


def _idle(arena: Arena, name: str) -> Verdict:
    """The verdict on the world as it begins, in which nothing has happened."""
    world = arena.begin(name)
    try:
        return grade(scenario_in(world), arena.api.worlds.as_made(world).store, world, Trace(calls=()))
    finally:
        arena.end(world)


def _of_the_text(scenario: FileScenario) -> Iterator[Weakness]:
    if not scenario.prompt:
        yield _whole(scenario, "it has no prompt")
    if not scenario.entries:
        yield _whole(scenario, "it has no records: the agent works in an empty world")
    if scenario.criteria and not any(
        _OF_THE_END & ({told} if isinstance(told, str) else set(told)) for told in scenario.criteria
    ):
        yield _whole(scenario, f"no criterion looks at the world in the end ({', '.join(sorted(_OF_THE_END))})")
    for number, told in enumerate(scenario.criteria, 1):
        for text in _texts(told):
            if _ID.search(text):
                yield _weak(scenario, number, "an id is hard-wired; name the entry, as @section.entry does")
            if _INSTANT.search(text) and scenario.start is None:
                yield _weak(scenario, number, "an instant is hard-wired, and the file has no clock")


def _of_idleness(scenario: FileScenario, idle: Verdict) -> Iterator[Weakness]:
    if idle.has_passed:
        yield _whole(scenario, "an agent that does nothing passes")
    for result in idle.results:
        told = scenario.criteria[result.number - 1]
        if result.ruling.is_met and result.criterion in _TO_BE_DONE:
            yield _weak(scenario, result.number, "is met before anybody has called")
        elif result.ruling.is_met and result.criterion == "record_has" and not _is_guarded(scenario, told):
            yield _weak(scenario, result.number, "is true from the beginning, and nothing else allows it to change")


def _is_guarded(scenario: FileScenario, told: JSON) -> bool:
    """Whether a value that is right from the beginning may change as far as the rest of the scenario goes."""
    record = told["record_has"]["record"]
    for other in scenario.criteria:
        if other == "nothing_else_changed":
            return False
        if isinstance(other, Mapping) and "nothing_else_changed" in other:
            return any(but.get("record") == record for but in (other["nothing_else_changed"] or {}).get("but", []))
    return True


def _of_overlap(scenario: FileScenario) -> Iterator[Weakness]:
    for number, told in enumerate(scenario.criteria, 1):
        for other in range(1, number):
            if scenario.criteria[other - 1] == told:
                yield _weak(scenario, number, f"is the same as criterion {other}")


def _of_runs(scenario: FileScenario, verdicts: list[Verdict]) -> Iterator[Weakness]:
    failing = [frozenset(result.number for result in verdict.unmet) for verdict in verdicts]
    for number in range(1, len(scenario.criteria) + 1):
        if not any(number in numbers for numbers in failing):
            yield _weak(scenario, number, "no run fails on it")
        elif frozenset({number}) not in failing:
            others = frozenset.intersection(*(numbers for numbers in failing if number in numbers)) - {number}
            if others:
                yield _weak(scenario, number, f"never fails without criterion {', '.join(map(str, sorted(others)))}")


def _whole(scenario: FileScenario, reason: str) -> Weakness:
    return Weakness(scenario=scenario.name, criterion=0, reason=reason)


def _weak(scenario: FileScenario, number: int, reason: str) -> Weakness:
    return Weakness(scenario=scenario.name, criterion=number, reason=reason)


def _texts(value: JSON) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
