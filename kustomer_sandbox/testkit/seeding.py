"""More records for a test's world, from a scenario file or a mapping of the same form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario, load_scenario, scenario_of_mapping
from kustomer_sandbox.simulator.scenarios.files.player import Play
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.world.world import World

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
    scenario.configure(world)
    play = Play(world=world, file=scenario.file, document=scenario.document)
    play.tag(scenario.tags)
    for entry in scenario.entries:
        play.enter(entry)
    made: SeededIds = defaultdict(dict)
    for (section, name), (id, _) in play.known.items():
        made[section][str(name)] = id
    return dict(made)


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
