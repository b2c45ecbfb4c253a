"""`kustomer-sandbox up` and `kustomer-sandbox simulator`: a seeded world on a port."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kustomer_sandbox import __version__
from kustomer_sandbox.command.asked_world import SandboxSettings, UpError, plan_errors, plan_of, reach_of
from kustomer_sandbox.command.keeping import begin_keeping, end_keeping, keeping, kept_in, state_of, tick_kept
from kustomer_sandbox.command.request_log import LogForm, RequestLog
from kustomer_sandbox.command.running import found as running
from kustomer_sandbox.command.running.found import Running
from kustomer_sandbox.command.settings import TOKEN_ENV
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.model import DISCOVERY_PATH
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.mcp_server.state.user_folder import folder_of_user, own_folder
from kustomer_sandbox.serving import behind_proxies, listen, serve
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.control.access_rules import Access, is_local
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.webhook_sending import WebhookSender

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from kustomer_sandbox.app import Sandbox
    from kustomer_sandbox.mcp_server.clock import AsyncClock


SHORTEST_TOKEN = 16
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only compared with

Announce = Callable[[Mapping[str, str]], None]


def run_both(settings: SandboxSettings, *, announce: Announce, clock: AsyncClock | None = None) -> None:
    """Serve both on one port until told to stop; `announce` gets addresses and secrets once, when ready.

    `clock` is the tool server's, the machine's own if left out. Raises `UpError`.
    """
    # Here, since the simulator alone starts without the tool server.
    from kustomer_sandbox.app import create_sandbox  # noqa: PLC0415
    from kustomer_sandbox.mcp_server.state.opening import CannotOpenState  # noqa: PLC0415

    _check_cors(settings)
    access = _access(settings)
    bound = _bind(settings)
    base_url = _origin(settings, bound)
    names = _names(settings, base_url)
    api = _api(settings)
    try:
        with plan_errors():
            sandbox = create_sandbox(
                plan_of(settings, api),
                base_url=base_url,
                names=names,
                api=api,
                clock=clock,
                access=access,
                is_shared=settings.is_shared,
                neighbours=folder_of_user(settings.environment) if settings.environment else None,
                state=state_of(settings),
            )
    except CannotOpenState as refusal:
        raise UpError(str(refusal)) from None
    api = sandbox.api  # the one that was given, or one that keeps a state's episodes
    front = Front(api, lambda: behind_proxies(keeping(api, sandbox.app)), knows_host=names.are_called)
    _serve(_opened(front, settings), bound, settings, _facts(sandbox, base_url), api=api, announce=announce)


def _facts(sandbox: Sandbox, base_url: str) -> dict[str, str]:
    mcp_url = f"{base_url}/mcp/{sandbox.mcp_token}"
    return {
        "base_url": base_url,
        "api_key": sandbox.api_key,
        "account_id": sandbox.account_id,
        "api_token": sandbox.api_token,
        "mcp_url": mcp_url,
        "discovery_url": f"{mcp_url}{DISCOVERY_PATH}",
        "console_url": f"{base_url}/",
        "world": sandbox.world.name,
    }


def run_simulator(settings: SandboxSettings, *, announce: Announce) -> None:
    """Serve the fake API alone until told to stop. Raises `UpError`."""
    _check_cors(settings)
    access = _access(settings)
    bound = _bind(settings)
    base_url = _origin(settings, bound)
    names = _names(settings, base_url)
    api = _api(settings)
    with plan_errors():
        world, key = api.opening(plan_of(settings, api))
    facts = {"base_url": base_url, "api_key": key, "world": world.name}
    shown = "" if settings.is_shared else key
    others = partial(_application, api, access, names, shown)
    front = Front(api, lambda: behind_proxies(keeping(api, others())), knows_host=names.are_called)
    _serve(_opened(front, settings), bound, settings, facts, api=api, announce=announce, has_lifespan=False)


def _serve(
    front: ASGIApp,
    bound: socket.socket,
    settings: SandboxSettings,
    facts: Mapping[str, str],
    *,
    api: Api,
    announce: Announce,
    has_lifespan: bool = True,
) -> None:
    """Serve until told to stop, showing calls; while it runs, `status` and `env` of the same user find it."""
    log = _request_log(settings, api, main_world=facts["world"] or "")
    sender = WebhookSender(api.worlds, reach_of(settings))
    sender.attach()
    begin_keeping(api)
    address, port = bound.getsockname()[:2]
    here = "127.0.0.1" if address in _ANY else address
    me = Running(host=here, port=port, pid=os.getpid(), version=__version__, facts=facts)
    notes = []

    def tell() -> None:
        # The note first: whoever reads what is announced may ask for the others at once.
        notes.append(running.announce(me, settings.environment) if settings.environment else None)
        announce(facts)

    def tick() -> None:
        tick_kept(api, sender.tick)
        if log:
            log.show()

    try:
        serve(front, bound, on_ready=tell, on_tick=tick, has_lifespan=has_lifespan)
    finally:
        if log:
            log.show()
        for note in filter(None, notes):
            running.withdraw(note, me.pid)
        end_keeping(api)


def _request_log(settings: SandboxSettings, api: Api, *, main_world: str) -> RequestLog | None:
    if not settings.log or settings.log_stream is None:
        return None
    form: LogForm = "json" if settings.log == "json" else "text"
    log = RequestLog(api.worlds, settings.log_stream, form, main_world)
    if api.worlds.keeping is not None:
        log.skip()
    return log


def _application(api: Api, access: Access, names: HostNames, shown: str) -> ASGIApp:
    """Control and documents, made when they are first asked for: the framework is most of the start."""
    from kustomer_sandbox.simulator.app import create_app  # noqa: PLC0415
    from kustomer_sandbox.web.door import before_pages  # noqa: PLC0415 - see above

    return before_pages(create_app(api, access, api_key=shown), names)


def _api(settings: SandboxSettings) -> Api:
    """A simulator whose keys are secret where others can reach it; what it plays is kept in the user's folder.

    Raises `UpError` where the store cannot be opened.
    """
    api = create_api(
        random_hex=random_hex if settings.is_shared else None,
        folder=own_folder(settings.environment, "worlds") if settings.environment else None,
    )
    return kept_in(settings.store, api) if settings.store else api


def _names(settings: SandboxSettings, base_url: str) -> HostNames:
    return HostNames((settings.host, *settings.allowed_hosts), public_url=base_url)


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
    if (origin := _as_origin(url)) is None:
        raise UpError("--public-url must be an origin such as https://sandbox.example.com")
    return origin


def _as_origin(url: str) -> str | None:
    """The URL without a slash at its end; None if it is more or less than an origin."""
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}" if parts.hostname and parts.port != 0 else ""
    except ValueError:
        return None
    is_web = origin.startswith(("http://", "https://")) and "@" not in origin
    return origin if is_web and url.rstrip("/") == origin else None


def _opened(front: ASGIApp, settings: SandboxSettings) -> ASGIApp:
    """The application, open to web pages of the origins that were given."""
    if not settings.cors:
        return front
    from kustomer_sandbox.web.door import open_to_origins  # noqa: PLC0415 - see `_application`

    return open_to_origins(front, settings.cors)


def _check_cors(settings: SandboxSettings) -> None:
    """Raises `UpError` for an origin as no browser sends it."""
    for origin in settings.cors:
        if _as_origin(origin) != origin or origin != origin.lower():
            raise UpError("--cors must be an origin as browsers send it, such as http://localhost:3000")


def _bind(settings: SandboxSettings) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except OSError as fault:
        reason = "is taken" if fault.errno == errno.EADDRINUSE else "cannot be used"
        raise UpError(
            f"port {settings.port} {reason}; choose another with --port, or --port 0 for a free one"
        ) from None
