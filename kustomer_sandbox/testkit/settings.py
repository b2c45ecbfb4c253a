"""How a test's world is to be: the marker before the command line, the command line before the ini file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario, load_scenario
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.values.clock import EPOCH, Mode, parse
from kustomer_sandbox.simulator.world.world import World

WORLD = "test"
"""Every test's world has this name: what a test sees must not depend on its own name, place or worker."""

_YAML = (".yaml", ".yml")
_NO_HOST = re.compile(r"[^a-z0-9]+", re.ASCII)


class SettingsError(ValueError):
    """An option of a world has a value it cannot have, or a scenario file cannot be used; the message says which.

    Without pytest it reaches the caller; the pytest plugin fails the test with its message.
    """


def plan_of(asked: Mapping[str, str | datetime], worlds: Worlds, *, folders: tuple[Path, ...]) -> WorldSpec:
    """What a test's world is to be made from; a scenario file is looked for in the folders, in their order.

    Raises `SettingsError`. So does making the world, for a scenario file whose content turns out to be wrong.
    """
    scenario, plan = str(asked["scenario"]), str(asked["plan"])
    if scenario.endswith(_YAML):
        scenario = _file_scenario(scenario, worlds, folders)
    _one_of("scenario", scenario, sorted(worlds.scenarios))
    _one_of("plan", plan, sorted(worlds.contracts.limits.plans))
    return WorldSpec(
        name=WORLD,
        scenario=scenario,
        plan=plan,
        masking=cast("Style", _one_of("masking", str(asked["masking"]), get_args(Style))),
        masked_search=cast(
            "MaskedSearch", _one_of("masked_search", str(asked["masked_search"]), get_args(MaskedSearch))
        ),
        mode=cast("Mode", _one_of("clock", str(asked["clock"]), get_args(Mode))),
        seed=str(asked["seed"]),
        start=_instant(asked["start"]),
    )


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise SettingsError(f"{name} is {value!r}, but must be one of {', '.join(map(str, known))}")
    return value


def _instant(given: str | datetime) -> datetime:
    if isinstance(given, datetime):
        return given
    try:
        return parse(given) if given else EPOCH
    except (ValueError, OverflowError):
        raise SettingsError(f"start is {given!r}, but must be a date-time such as 2026-06-09T12:00:00Z") from None


def _file_scenario(file: str, worlds: Worlds, folders: tuple[Path, ...]) -> str:
    """Make a scenario file known; gives the name it has: its path, so that no two files share one."""
    path = next((found for folder in folders if (found := folder / file).is_file()), None)
    if path is None:
        looked = ", ".join(map(str, dict.fromkeys(folders)))
        raise SettingsError(f"there is no scenario file {file} in {looked}")
    name = _slug(path.relative_to(folders[-1]).as_posix() if path.is_relative_to(folders[-1]) else file)
    if name not in worlds.scenarios:
        try:
            worlds.add_scenario(name, _Named(load_scenario(path)))
        except ScenarioError as fault:
            raise SettingsError(str(fault)) from None
    return name


def _slug(text: str) -> str:
    return "file-" + _NO_HOST.sub("-", text.lower()).strip("-")


class _Named:
    """A file's scenario, whose organisation is called after the file unless it says otherwise."""

    def __init__(self, scenario: FileScenario) -> None:
        self._scenario = scenario

    def __call__(self, world: World) -> None:
        world.org_name = _NO_HOST.sub("-", self._scenario.name.lower()).strip("-") or "file"
        try:
            self._scenario(world)
        except ScenarioError as fault:
            raise SettingsError(str(fault)) from None
