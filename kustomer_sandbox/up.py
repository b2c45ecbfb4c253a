"""`kustomer-sandbox up` and `kustomer-sandbox simulator`: a seeded world on a port."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.model import DISCOVERY_PATH
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.serving import behind_proxies, listen, serve
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.control.access_rules import Access, is_local
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import UnknownPlan, UnknownScenario, WorldSpec
from kustomer_sandbox.simulator.scenarios.files.sections import ScenarioError
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.clock import EARLIEST, EPOCH, LATEST, parse
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from kustomer_sandbox.mcp_server.clock import AsyncClock


class UpError(Exception):
    """The sandbox cannot start with these options; the message says which to change, without a secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxSettings:
    """The options of `up` and `simulator`. `frozen`: the world's time stands still; `start`: an ISO 8601 instant.

    `errors` is `page` or `recorded`, empty for the scenario's own choice.
    `strict` has query parameters refused that the API does not know.
    `masked_search` is what searches may ask of masked values: `allow`, `exact` or `refuse`.
    `public_url` is the origin by which users reach the sandbox, empty if that is the address it listens on;
    `allowed_hosts` are more names by which it may be called. With an `environment` the tool server tells its
    neighbours on this machine of its windows, and hears of theirs.
    """

    host: str
    port: int
    scenario: str
    plan: str
    seed: str
    frozen: bool
    errors: str = ""
    masked_search: str = "allow"
    start: str = ""
    strict: bool = False
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    control_token: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_shared(self) -> bool:
        """Whether others than the users of this machine can reach it."""
        return bool(self.public_url) or not is_local(self.host)


TOKEN_ENV = "KUSTOMER_SANDBOX_CONTROL_TOKEN"  # noqa: S105 - a name
SHORTEST_TOKEN = 16
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only compared with
_YAML = (".yaml", ".yml")
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+", re.ASCII)

Announce = Callable[[dict[str, str]], None]


def run_both(settings: SandboxSettings, *, announce: Announce, clock: AsyncClock | None = None) -> None:
    """Serve both on one port until told to stop; `announce` gets addresses and secrets once, when ready.

    `clock` is the tool server's, the machine's own if left out. Raises `UpError`.
    """
    # Here, since the simulator alone starts without the tool server.
    from kustomer_sandbox.app import create_sandbox  # noqa: PLC0415
    from kustomer_sandbox.mcp_server.unmasking.notes import folder_of_neighbours  # noqa: PLC0415

    access = _access(settings)
    bound = _bind(settings)
    base_url = _origin(settings, bound)
    names = _names(settings, base_url)
    api = _api(settings)
    with _plan_errors():
        spec = _plan(settings, api)
        sandbox = create_sandbox(
            spec,
            base_url=base_url,
            names=names,
            api=api,
            clock=clock,
            access=access,
            is_shared=settings.is_shared,
            neighbours=folder_of_neighbours(settings.environment) if settings.environment else None,
        )
    facts = {
        "base_url": base_url,
        "api_key": sandbox.api_key,
        "account_id": sandbox.account_id,
        "api_token": sandbox.api_token,
        "mcp_url": f"{base_url}/mcp/{sandbox.mcp_token}",
        "discovery_url": f"{base_url}/mcp/{sandbox.mcp_token}{DISCOVERY_PATH}",
        "console_url": f"{base_url}/",
        "world": sandbox.world.name,
    }
    front = Front(api, lambda: behind_proxies(sandbox.app), knows_host=names.are_called)
    serve(front, bound, on_ready=lambda: announce(facts))


def run_simulator(settings: SandboxSettings, *, announce: Announce) -> None:
    """Serve the fake API alone until told to stop. Raises `UpError`."""
    access = _access(settings)
    bound = _bind(settings)
    base_url = _origin(settings, bound)
    names = _names(settings, base_url)
    api = _api(settings)
    with _plan_errors():
        world = api.worlds.create(_plan(settings, api))
    key, _ = issue_key(api.worlds, world)
    facts = {"base_url": base_url, "api_key": key, "world": world.name}
    front = Front(api, lambda: behind_proxies(_application(api, access, names)), knows_host=names.are_called)
    serve(front, bound, on_ready=lambda: announce(facts), has_lifespan=False)


def _application(api: Api, access: Access, names: HostNames) -> ASGIApp:
    """Control and documents, made when they are first asked for: the framework is most of the start."""
    from kustomer_sandbox.pages import before_pages  # noqa: PLC0415 - see above
    from kustomer_sandbox.simulator.app import create_app  # noqa: PLC0415

    return before_pages(create_app(api, access), names)


def _api(settings: SandboxSettings) -> Api:
    """A simulator whose keys are secret where others can reach it."""
    return create_api(random_hex=random_hex if settings.is_shared else None)


def _names(settings: SandboxSettings, base_url: str) -> HostNames:
    return HostNames((settings.host, *settings.allowed_hosts), public_url=base_url)


@contextmanager
def _plan_errors() -> Iterator[None]:
    try:
        yield
    except UnknownPlan as unknown:
        raise UpError(f"--plan must be one of {', '.join(unknown.known)}") from None
    except UnknownScenario as unknown:
        raise UpError(f"--scenario must be a YAML file or one of {', '.join(unknown.known)}") from None
    except ScenarioError as fault:
        raise UpError(str(fault)) from None


def _plan(settings: SandboxSettings, api: Api) -> WorldSpec:
    scenario = settings.scenario
    if scenario.endswith(_YAML):
        scenario = _add_file(scenario, api)
    return WorldSpec(
        name=scenario,
        scenario=scenario,
        seed=settings.seed,
        plan=settings.plan,
        errors=_errors(settings.errors),
        masked_search=_masked_search(settings.masked_search),
        mode="frozen" if settings.frozen else "real",
        start=_instant(settings.start) if settings.start else EPOCH,
        strict=settings.strict or None,
    )


def _errors(word: str) -> ErrorVocabulary | None:
    if word and word not in get_args(ErrorVocabulary):
        raise UpError(f"--errors must be one of {', '.join(get_args(ErrorVocabulary))}")
    return cast("ErrorVocabulary", word) if word else None


def _masked_search(word: str) -> MaskedSearch:
    if word not in get_args(MaskedSearch):
        raise UpError(f"--masked-search must be one of {', '.join(get_args(MaskedSearch))}")
    return cast("MaskedSearch", word)


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
    from kustomer_sandbox.simulator.scenarios.files.loader import load_scenario  # noqa: PLC0415 - a plain start does without the YAML reader

    try:
        scenario = load_scenario(path)
    except OSError as fault:
        raise UpError(f"the scenario {path} cannot be read: {fault.strerror}") from None
    name = _NO_NAME.sub("-", scenario.name).strip("-.") or "scenario"
    if name in api.worlds.scenarios:
        raise UpError(f"the scenario {path} has the name of one that is built in; call the file something else")
    api.worlds.add_scenario(name, scenario)
    return name


def _access(settings: SandboxSettings) -> Access:
    """Raises `UpError` for an address that other machines can reach without a control token.

    One that is only reached through a tunnel does without; its control answers nobody then.
    """
    token = settings.control_token
    if not token and not is_local(settings.host):
        raise UpError(
            "--host opens the sandbox to other machines, so its control API needs a token: put one of at least "
            f"{SHORTEST_TOKEN} characters into the environment variable {TOKEN_ENV}"
        )
    if token and len(token) < SHORTEST_TOKEN:
        raise UpError(f"the control token in {TOKEN_ENV} must have at least {SHORTEST_TOKEN} characters")
    return Access(token=digest(token)) if token else Access(is_closed=settings.is_shared)


def _origin(settings: SandboxSettings, bound: socket.socket) -> str:
    """The address of the sandbox for its users, without a slash at the end. Raises `UpError` for one that is none."""
    if settings.public_url:
        return _public(settings.public_url)
    host = "127.0.0.1" if settings.host in _ANY else f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{bound.getsockname()[1]}"


def _public(url: str) -> str:
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}" if parts.hostname and parts.port != 0 else ""
    except ValueError:
        origin = ""
    if not origin.startswith(("http://", "https://")) or "@" in origin or url.rstrip("/") != origin:
        raise UpError("--public-url must be an origin such as https://sandbox.example.com")
    return origin


def _bind(settings: SandboxSettings) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except OSError as fault:
        reason = "is taken" if fault.errno == errno.EADDRINUSE else "cannot be used"
        raise UpError(
            f"port {settings.port} {reason}; choose another with --port, or --port 0 for a free one"
        ) from None
