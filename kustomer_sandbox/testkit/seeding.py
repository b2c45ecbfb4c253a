"""More of a scenario in a test's world: records, and what happens at calls, in the words of a scenario file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import orjson

from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario, load_scenario, scenario_of_mapping
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.world.journal import line
from kustomer_sandbox.simulator.world.journal_summary import REFUSED_FROM, WHEN
from kustomer_sandbox.simulator.world.waiting.calls import Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import Trigger, told
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.faults import CallsMeant, MustCome
from kustomer_sandbox.testkit.shared import SharedApi

_MAPPING = "the mapping"

SeededIds = dict[str, dict[str, str]]
"""Ids of the records that were made, by section and by the name, or position, in it: `made["customers"]["jane"]`."""


def seed(world: World, source: str | Path | Mapping[str, Any], *, folder: Path) -> SeededIds:
    """Play a scenario into a world as it is. Raises `ScenarioError`, or `ValueError` for a clock that goes back."""
    scenario = _scenario(source, folder)
    if scenario.start is not None and scenario.start < world.clock.now():
        raise ValueError("The scenario's clock lies before the world's present; time never goes back.")
    if scenario.start is not None:
        world.clock.move_to(scenario.start)
        world.run_due(scenario.start)
    play = scenario.play(world)
    made: SeededIds = defaultdict(dict)
    for (section, name), (id, _) in play.known.items():
        made[section][str(name)] = id
    return dict(made)


Acts = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What happens at a call: one act or several, as in the `do` of a scenario file (docs/scenarios.md)."""


class WhenControl:
    """`kustomer.when(operation="GetConversation", after=2, do={…})`: the test's world moves while calls are made."""

    def __init__(self, world: World, api: SharedApi) -> None:
        self._world = world
        self._api = api
        self._must_happen = MustCome(
            "what was to happen at calls has not:",
            "forget it, or give optional=True, if that is as it should be",
        )

    def __call__(
        self,
        *,
        do: Acts,
        after: int | None = None,
        before: int | None = None,
        times: int = 1,
        optional: bool = False,
        **calls: Unpack[CallsMeant],
    ) -> str:
        """Have acts done right after, or right before, the nth matching call (after the first unless one is given).

        `do` is one act or several, as in the `do` of a scenario file (docs/scenarios.md); `times` more than once does
        them at the matching calls that follow, too. Gives the id by which the journal names them. What never happens,
        or is refused when it does, fails the test at its end unless it is `optional`. Raises `ValueError` for what
        cannot happen, and says where.
        """
        acts = [do] if isinstance(do, Mapping) else list(do)
        sides = {side: nth for side, nth in (("after", after), ("before", before)) if nth is not None}
        given = {"match": calls, **sides, "times": times, "do": acts}
        with self._api.lock:
            id = self._api.gate.tie(self._world, _as_json(given)).id
        return self._must_happen.add(id, times, optional=optional)

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """What is still to happen, that of the scenario too: empty once all has, as often as it was to."""
        return [told(one) for one in self._world.triggers.waiting]

    def forget(self, id: str) -> None:
        """Let something not happen, if it is still to."""
        self._must_happen.forget(id)
        with self._api.lock:
            self._world.triggers = self._world.triggers.without(id)

    def never_happened(self) -> str:
        """What to say of what was to happen and never has, or was refused; nothing if there is nothing to say."""
        happened = [entry for entry in self._world.journal.find(method=WHEN) if entry.path in self._must_happen]
        refused = [line(entry) for entry in happened if entry.status >= REFUSED_FROM]
        return self._must_happen.complaint(self._world.triggers.waiting, described, *refused)


def described(one: Waiting[Trigger]) -> str:
    """What is to happen, in words."""
    acts = ", ".join(str(act.get("operation") or next(iter(act))) for act in one.what.do)
    return f"{one.id}: {acts} {one.what.side} {one.awaited}"


def _scenario(source: str | Path | Mapping[str, Any], folder: Path) -> FileScenario:
    if isinstance(source, Mapping):
        return scenario_of_mapping(_as_json(source), name=_MAPPING)
    places = dict.fromkeys((folder / source, Path(source).absolute()))
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        looked = ", ".join(str(place.parent) for place in places)
        raise ScenarioError(str(source), 0, f"there is no such file; looked in {looked}")
    return load_scenario(found)


def _as_json(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a file could say: instants as text, and nothing that JSON does not know."""
    try:
        document: dict[str, Any] = orjson.loads(orjson.dumps(dict(source)))
    except (orjson.JSONEncodeError, RecursionError) as fault:
        raise ScenarioError(_MAPPING, 0, f"cannot be written as JSON: {fault}") from None
    return document
