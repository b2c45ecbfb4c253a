"""`kustomer-sandbox up`: everything on one port."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.app import create_sandbox
from sandbox.serving import listen, serve
from simulator.worlds import Plan, UnknownPlan, UnknownScenario


class UpError(Exception):
    """The sandbox cannot start as asked; the message says what to change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the command line asked for."""

    host: str
    port: int
    scenario: str
    plan: str
    seed: str
    frozen: bool


def run(settings: Settings, *, announce: Callable[[dict[str, str]], None]) -> None:
    """Serve until told to stop; `announce` gets the addresses and secrets once, when ready. Raises `UpError`."""
    bound = _bind(settings)
    base_url = f"http://{settings.host}:{bound.getsockname()[1]}"
    plan = Plan(
        name=settings.scenario,
        scenario=settings.scenario,
        seed=settings.seed,
        plan=settings.plan,
        mode="frozen" if settings.frozen else "real",
    )
    try:
        made = create_sandbox(plan, base_url=base_url)
    except UnknownPlan as unknown:
        raise UpError(f"--plan must be one of {', '.join(unknown.known)}") from None
    except UnknownScenario as unknown:
        raise UpError(f"--scenario must be one of {', '.join(unknown.known)}") from None
    facts = {
        "base_url": base_url,
        "api_key": made.api_key,
        "account_id": made.account_id,
        "api_token": made.api_token,
        "mcp_url": f"{base_url}/mcp/{made.mcp_token}",
        "console_url": f"{base_url}/",
        "world": made.world.name,
    }
    serve(made.app, bound, on_ready=lambda: announce(facts))


def _bind(settings: Settings) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except OSError as fault:
        reason = "is taken" if fault.errno == errno.EADDRINUSE else "cannot be used"
        raise UpError(f"port {settings.port} {reason}; choose another with --port, or --port 0 for a free one") from None
