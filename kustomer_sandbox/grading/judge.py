"""The judge: a pure function of the scenario, the world before and after, and what was done in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.grading.criteria.reading import Criterion, WrongCriterion, read_criteria
from kustomer_sandbox.grading.evidence import Evidence
from kustomer_sandbox.grading.trace import Trace, trace_of
from kustomer_sandbox.grading.verdict import Cost, CriterionResult, Ruling, Verdict
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.world import World

_REFUSED_FROM = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class GradedScenario:
    """What is judged by: a scenario's name, what the agent was asked, and criteria that name records by their ids."""

    name: str
    prompt: str
    criteria: tuple[Criterion, ...]


class NothingToGrade(Exception):
    """The world's scenario has no criteria."""


def grade(scenario: GradedScenario, before: Store, after: World, trace: Trace) -> Verdict:
    """Judge a run. The same run gives the same verdict, to the byte; neither world nor trace is changed."""
    evidence = Evidence(before, after, trace)
    results = tuple(
        CriterionResult(
            number=number, criterion=criterion.kind.name, ruling=criterion.kind.judge(criterion.arguments, evidence)
        )
        for number, criterion in enumerate(scenario.criteria, 1)
    )
    if not trace.whole:
        forgotten = Ruling(
            is_met=False,
            reason="the first calls are forgotten, after a restart or very many more: nothing can be said of them",
        )
        results = (CriterionResult(number=0, criterion="trace", ruling=forgotten), *results)
    named = {seq for result in results for seq in result.ruling.calls}
    return Verdict(
        scenario=scenario.name,
        results=results,
        cost=_cost(trace),
        lines={call.seq: call.text() for call in trace.calls if call.seq in named},
    )


def scenario_in(world: World) -> GradedScenario:
    """The scenario of a world with the ids that its records have there. Raises `NothingToGrade`, `WrongCriterion`."""
    if not world.criteria:
        raise NothingToGrade(world.scenario)
    return graded(world.scenario, world.prompt, world.criteria, world.contracts)


def graded(name: str, prompt: str, criteria: Sequence[JSON], contracts: Contracts) -> GradedScenario:
    """A scenario from its parts. Raises `WrongCriterion`."""
    return GradedScenario(name=name, prompt=prompt, criteria=read_criteria(criteria, contracts))


def grade_world(worlds: Worlds, world: World) -> Verdict:
    """Judge what has happened in a world since it was made. Raises `NothingToGrade`, `WrongCriterion`."""
    scenario = scenario_in(world)
    before = worlds.as_made(world)
    return grade(scenario, before.store, world, trace_of(world))


def graded_if_asked(worlds: Worlds, world: World) -> Verdict | None:
    """The verdict on a world whose scenario has criteria, None for any other. Criteria that are wrong are not met."""
    try:
        return grade_world(worlds, world)
    except NothingToGrade:
        return None
    except WrongCriterion as wrong:
        result = CriterionResult(number=0, criterion="criteria", ruling=Ruling(is_met=False, reason=str(wrong)))
        return Verdict(scenario=world.scenario, results=(result,), cost=_cost(trace_of(world)))


def _cost(trace: Trace) -> Cost:
    made = list(trace.agents())
    refused = sum(call.entry.status >= _REFUSED_FROM for call in made)
    return Cost(calls=len(made), refused=refused, tokens=trace.tokens())
