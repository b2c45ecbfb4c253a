"""How a test's world is to be: the marker before the command line, the command line before the ini file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import cast, get_args

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.hosting.worlds import Worlds, WorldSpec
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario, load_scenario
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.values.clock import EPOCH, Mode, parse
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.readings import UnknownReading, check_readings
from kustomer_sandbox.simulator.values.unmasking import OpensFor, WindowSettings
from kustomer_sandbox.simulator.world.limits import MOST_CALLS, ceilings_of, is_ceiling
from kustomer_sandbox.simulator.world.world import World

Option = str | datetime | bool | int | Mapping[str, int] | Mapping[str, str]
"""What a marker, the command line, the ini file or a caller gives for an option."""

WORLD = "test"
"""Every test's world has this name: what a test sees must not depend on its own name, place or worker."""

_NEARLY = 0.9
"""How alike a role must be to one that is known, to be taken for a typing error: many others exist."""

_YAML = (".yaml", ".yml")
_NO_HOST = re.compile(r"[^a-z0-9]+", re.ASCII)


class SettingsError(ValueError):
    """An option of a world has a value it cannot have, or a scenario file cannot be used; the message says which.

    Without pytest it reaches the caller; the pytest plugin fails the test with its message.
    """


def plan_of(asked: Mapping[str, Option], worlds: Worlds, *, folders: tuple[Path, ...]) -> WorldSpec:
    """What a test's world is to be made from; a scenario file is looked for in the folders, in their order.

    Raises `SettingsError`. So does making the world, for a scenario file whose content turns out to be wrong.
    """
    scenario, plan = str(asked["scenario"]), str(asked["plan"])
    if scenario.endswith(_YAML):
        scenario = _file_scenario(scenario, worlds, folders)
    _one_of("scenario", scenario, list(worlds.scenarios))
    _one_of("plan", plan, sorted(worlds.contracts.limits.plans))
    return WorldSpec(
        name=WORLD,
        scenario=scenario,
        plan=plan,
        masking=cast("Style", _one_of("masking", str(asked["masking"]), get_args(Style))),
        errors=cast("ErrorVocabulary | None", _choice("errors", asked, get_args(ErrorVocabulary))),
        ratelimit_reset=cast("RateLimitReset | None", _choice("ratelimit_reset", asked, get_args(RateLimitReset))),
        masked_search=cast(
            "MaskedSearch", _one_of("masked_search", str(asked["masked_search"]), get_args(MaskedSearch))
        ),
        windows=WindowSettings(
            _minutes(asked["window_minutes"]),
            cast("OpensFor", _one_of("windows_for", str(asked["windows_for"]), get_args(OpensFor))),
        ),
        mode=cast("Mode", _one_of("clock", str(asked["clock"]), get_args(Mode))),
        seed=str(asked["seed"]),
        start=_instant(asked["start"]),
        strict=_flag("strict", asked["strict"]),
        limits=_limits(asked["limits"], sorted(ceilings_of(worlds.contracts.limits, plan, {}))),
        readings=_readings(asked["readings"]),
    )


def known_roles(asked: Sequence[str], contracts: Contracts) -> Sequence[str]:
    """The roles of a key as they were asked for. Raises `ValueError` for a typing error, and names what was meant.

    A role that no operation here asks for is let through: a real key may have it.
    """
    needed = {role for operation in contracts.operations.values() for role in operation.roles}
    known = sorted({".".join(parts[:length]) for parts in (r.split(".") for r in needed) for length in range(1, 9)})
    for role in asked:
        near = [] if role in known else get_close_matches(role, known, n=1, cutoff=_NEARLY)
        if near or role.partition(".")[0] != "org":
            meant = f"did you mean {near[0]!r}?" if near else "roles begin with 'org'"
            raise ValueError(f"{role!r} is no role of this API; {meant}")
    return asked


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise SettingsError(f"{name} is {value!r}, but must be one of {', '.join(map(str, known))}")
    return value


def _choice(name: str, asked: Mapping[str, Option], known: Sequence[str]) -> str | None:
    """What was asked for; None, as the scenario says, for what is left empty."""
    return _one_of(name, str(asked[name]), known) if asked[name] else None


def _minutes(given: Option) -> int:
    text = str(given)
    if not text.isdecimal() or int(text) < 1:
        raise SettingsError(f"window_minutes is {given!r}, but must be a whole number from 1")
    return int(text)


def _flag(name: str, given: Option) -> bool | None:
    """`true` or `false`; None, as the scenario says, for what is left empty."""
    if isinstance(given, bool):
        return given
    return {"true": True, "false": False}[_one_of(name, str(given), ("true", "false"))] if given else None


def _limits(given: Option, known: Sequence[str]) -> dict[str, int]:
    """Budgets of the world's own: a mapping, or a text such as `record_updates=120, search=10`."""
    pairs = given if isinstance(given, Mapping) else dict(_pair(item) for item in str(given).split(",") if item.strip())
    found: dict[str, int] = {}
    for name, limit in pairs.items():
        _one_of("a name in limits", name, known)
        if not is_ceiling(limit):
            words = f"must be a whole number from 1 to {MOST_CALLS}: calls a minute"
            raise SettingsError(f"limits: {name} is {limit!r}, but {words}")
        found[name] = limit
    return found


def _readings(given: Option) -> dict[str, str]:
    """Other readings of unverified rules: a mapping, or a text such as `page-size-clamped=refused, …`."""
    if isinstance(given, Mapping):
        readings = {name: str(reading) for name, reading in given.items()}
    else:
        pairs = (item.partition("=") for item in str(given).split(",") if item.strip())
        readings = {name.strip(): reading.strip() for name, _, reading in pairs}
    try:
        check_readings(readings)
    except UnknownReading as unknown:
        raise SettingsError(f"readings: {unknown}") from None
    return readings


def _pair(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.strip().isdecimal():
        words = f"limits has {text.strip()!r}, but takes budgets and numbers: record_updates=120, search=10"
        raise SettingsError(words)
    return name.strip(), int(number)


def _instant(given: Option) -> datetime:
    if isinstance(given, datetime):
        return given
    try:
        return parse(str(given)) if given else EPOCH
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
