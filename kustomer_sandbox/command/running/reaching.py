"""Where a sandbox listens, by which names it may be called, and who may use its control."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kustomer_sandbox.command.asked_world import SandboxSettings, UpError
from kustomer_sandbox.command.settings import TOKEN_ENV
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.serving import listen
from kustomer_sandbox.simulator.control.access_rules import Access, is_local
from kustomer_sandbox.simulator.values.auth import digest

if TYPE_CHECKING:
    from starlette.types import ASGIApp

SHORTEST_TOKEN = 16
_SHARED = "postgresql+psycopg://..."
ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only compared with


def names_of(settings: SandboxSettings, base_url: str) -> HostNames:
    return HostNames((settings.host, *settings.allowed_hosts), public_url=base_url)


def access_of(settings: SandboxSettings) -> Access:
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


def origin_of(settings: SandboxSettings, bound: socket.socket) -> str:
    """The address of the sandbox for its users, without a slash at the end. Raises `UpError` for one that is none."""
    if settings.public_url:
        return _public(settings.public_url)
    host = "127.0.0.1" if settings.host in ANY else f"[{settings.host}]" if ":" in settings.host else settings.host
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


def opened(front: ASGIApp, settings: SandboxSettings) -> ASGIApp:
    """The application, open to web pages of the origins that were given."""
    if not settings.cors:
        return front
    from kustomer_sandbox.web.door import open_to_origins  # noqa: PLC0415 - see `_application`

    return open_to_origins(front, settings.cors)


def check_cors(settings: SandboxSettings) -> None:
    """Raises `UpError` for an origin as no browser sends it."""
    for origin in settings.cors:
        if _as_origin(origin) != origin or origin != origin.lower():
            raise UpError("--cors must be an origin as browsers send it, such as http://localhost:3000")


def check_workers(settings: SandboxSettings) -> None:
    """Raises `UpError` for what several workers of `up` cannot do, be they a fleet or, with a store, replicas."""
    if settings.workers == 1:
        return
    _check_system()
    if settings.state is not None:
        raise UpError("--workers keep all in memory or in the --store and cannot have a --state; leave one of them out")
    if settings.store:
        _check_shared(settings, "of `up`")
    elif settings.public_url:
        raise UpError("--workers gives each worker a port of its own, where --public-url does not lead; leave one out")


def check_replicas(settings: SandboxSettings) -> None:
    """Raises `UpError` for several simulators that could not have the same worlds."""
    if settings.workers == 1:
        return
    _check_system()
    _check_shared(settings, "of `simulator`")


def _check_shared(settings: SandboxSettings, whose: str) -> None:
    if not settings.store.startswith("postgres"):
        raise UpError(f"--workers {whose} share their worlds, which needs a PostgreSQL: --store {_SHARED}")


def _check_system() -> None:
    if os.name != "posix":
        raise UpError("--workers needs a system with POSIX sockets; start without it here")


def bind(settings: SandboxSettings) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except OSError as fault:
        reason = "is taken" if fault.errno == errno.EADDRINUSE else "cannot be used"
        raise UpError(
            f"port {settings.port} {reason}; choose another with --port, or --port 0 for a free one"
        ) from None
