"""The options of `up` and `simulator`, and the world that they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, TextIO, cast, get_args

from kustomer_sandbox.command.seeding_bar import SeedingBar
from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access_rules import is_local
from kustomer_sandbox.simulator.hosting.worlds import UnknownPlan, UnknownScenario, WorldSpec
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.values.clock import EARLIEST, EPOCH, LATEST, parse
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.readings import UnknownReading
from kustomer_sandbox.simulator.values.unmasking import OpensFor, WindowSettings
from kustomer_sandbox.web.webhook_sending import Reach

_YAML = (".yaml", ".yml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+", re.ASCII)


class UpError(Exception):
    """The sandbox cannot start with these options; the message says which to change, without a secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxSettings:
    """The options of `up` and `simulator`. `frozen`: the world's time stands still; `start`: an ISO 8601 instant.

    `name` is the world's, empty for its scenario's; `masking` how masked values look: `stars`, `object` or `partial`.
    `errors` is `page` or `recorded`, `ratelimit_reset` `exhausted` or `always`; empty for the scenario's own choice.
    `strict` has query parameters refused that the API does not know; `reading` are other readings of rules that nobody
    has verified, each as `rule=name`.
    `masked_search` is what searches may ask of masked values: `allow`, `exact` or `refuse`.
    An unmasking window lasts `window_minutes` and opens for `windows_for`: `everyone`, or the `requester` alone.
    `cors` are the origins of web pages that may call the API.
    `public_url` is the origin by which users reach the sandbox, empty if that is the address it listens on;
    `allowed_hosts` are more names by which it may be called. With an `environment` the tool server tells its
    neighbours on this machine of its windows, and hears of theirs; and `status` finds the sandbox. `state` is the
    directory in which the tool server keeps what is its own, in memory if None; with a `store`, the URL of where
    worlds are kept, that is beside it. `workers` says how many processes share the worlds. `log` is the form in which
    calls are shown on `log_stream`: `text`, `json`, or empty for not at all. `webhooks` says which are
    really sent: `local`, `all`, `off`, or empty for what is safe.
    """

    host: str
    port: int
    scenario: str
    plan: str
    seed: str
    frozen: bool
    name: str = ""
    masking: str = "stars"
    errors: str = ""
    ratelimit_reset: str = ""
    masked_search: str = "allow"
    window_minutes: int = 1440
    windows_for: str = "everyone"
    start: str = ""
    strict: bool = False
    reading: Sequence[str] | None = None
    cors: tuple[str, ...] = ()
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    control_token: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    state: Path | None = None
    store: str = field(default="", repr=False)
    workers: int = 1
    webhooks: str = ""
    log: str = ""
    log_stream: TextIO | None = field(default=None, repr=False)

    @property
    def is_shared(self) -> bool:
        """Whether others than the users of this machine can reach it."""
        return bool(self.public_url) or not is_local(self.host)

    @property
    def control(self) -> Literal["open", "token", "closed"]:
        """Who may use the control API: who is on this machine, who has the token, or nobody."""
        return "token" if self.control_token else "closed" if self.is_shared else "open"


@contextmanager
def plan_errors() -> Iterator[None]:
    """What making the world refuses, in the words of the command line: raises `UpError`."""
    try:
        yield
    except UnknownPlan as unknown:
        raise UpError(f"--plan must be one of {', '.join(unknown.known)}") from None
    except UnknownReading as unknown:
        raise UpError(f"--reading: {unknown}") from None
    except UnknownScenario as unknown:
        raise UpError(f"--scenario must be a YAML file or one of {', '.join(unknown.known)}") from None
    except ScenarioError as fault:
        raise UpError(str(fault)) from None


def plan_of(settings: SandboxSettings, api: Api) -> WorldSpec:
    """What the world is to be made from. Raises `UpError`."""
    scenario = settings.scenario
    if scenario.endswith(_YAML):
        scenario = _add_file(scenario, api)
    name = settings.name or scenario
    if _NAME.fullmatch(name) is None:
        raise UpError("--name must begin with a letter or digit and go on with up to 63 of them, and of - _ and .")
    return WorldSpec(
        name=name,
        scenario=scenario,
        seed=settings.seed,
        plan=settings.plan,
        errors=cast("ErrorVocabulary | None", _choice("--errors", settings.errors, get_args(ErrorVocabulary))),
        ratelimit_reset=cast(
            "RateLimitReset | None", _choice("--ratelimit-reset", settings.ratelimit_reset, get_args(RateLimitReset))
        ),
        masking=cast("Style", _one_of("--masking", settings.masking, get_args(Style))),
        masked_search=cast("MaskedSearch", _one_of("--masked-search", settings.masked_search, get_args(MaskedSearch))),
        windows=WindowSettings(
            settings.window_minutes,
            cast("OpensFor", _one_of("--windows-for", settings.windows_for, get_args(OpensFor))),
        ),
        mode="frozen" if settings.frozen else "real",
        start=_instant(settings.start) if settings.start else EPOCH,
        strict=settings.strict or None,
        readings=dict(_reading(text) for text in settings.reading or ()),
    )


def reach_of(settings: SandboxSettings) -> Reach:
    """Which outbound webhooks are really sent. Raises `UpError`.

    Whoever has an API key could else have a sandbox on the network write to the machine it runs on.
    """
    usual = "off" if settings.is_shared else "local"
    return cast("Reach", _one_of("--webhooks", settings.webhooks or usual, get_args(Reach)))


def _choice(option: str, word: str, known: Sequence[str]) -> str | None:
    """The word that was given; None, as the scenario says, for none."""
    return _one_of(option, word, known) if word else None


def _one_of(option: str, word: str, known: Sequence[str]) -> str:
    if word not in known:
        raise UpError(f"{option} must be one of {', '.join(known)}")
    return word


def _reading(text: str) -> tuple[str, str]:
    rule, _, reading = text.partition("=")
    return rule.strip(), reading.strip()


def _instant(text: str) -> datetime:
    try:
        instant = parse(text)
    except ValueError:
        raise UpError("--start must be an instant such as 2026-06-09T12:00:00Z") from None
    if not EARLIEST <= instant < LATEST:
        raise UpError("--start must lie in the years 1970 to 2099")
    return instant


def _add_file(path: str, api: Api) -> str:
    """Make a scenario file known; gives the name it has from then on."""
    from kustomer_sandbox.grading.scenarios import scenario_named  # noqa: PLC0415 - a plain start does without the YAML reader

    try:
        scenario = scenario_named(path, api.contracts)
    except OSError as fault:
        raise UpError(f"the scenario {path} cannot be read: {fault.strerror}") from None
    name = _NO_NAME.sub("-", scenario.name).strip("-.") or "scenario"
    if name in api.worlds.scenarios:
        raise UpError(f"the scenario {path} has the name of one that is built in; call the file something else")
    api.worlds.add_scenario(name, replace(scenario, progress=SeedingBar()))
    return name
