"""`kustomer-sandbox up` and `kustomer-sandbox simulator`: a seeded world on a port."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from kustomer_sandbox.command.asked_world import SandboxSettings, UpError, plan_errors, plan_of
from kustomer_sandbox.command.keeping import keeping, kept_in, state_of, store_errors
from kustomer_sandbox.command.running.reaching import (
    access_of,
    bind,
    check_cors,
    check_replicas,
    check_workers,
    names_of,
    opened,
    origin_of,
)
from kustomer_sandbox.command.running.served import Announce, serve_settled
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.model import DISCOVERY_PATH
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.mcp_server.state.user_folder import folder_of_user, own_folder
from kustomer_sandbox.serving import behind_proxies, collect_seldom
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.control.access_rules import Access

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from kustomer_sandbox.app import Sandbox
    from kustomer_sandbox.fleet.plan import ReplicaKind
    from kustomer_sandbox.fleet.process import WorkerProcess
    from kustomer_sandbox.mcp_server.clock import AsyncClock


def run_both(settings: SandboxSettings, *, announce: Announce, clock: AsyncClock | None = None) -> None:
    """Serve both on one port until told to stop; `announce` gets addresses and secrets once, when ready.

    `clock` is the tool server's, the machine's own if left out. Raises `UpError`.
    """
    check_cors(settings)
    check_workers(settings)
    access = access_of(settings)
    bound = bind(settings)
    base_url = origin_of(settings, bound)
    workers = _launched(settings, bound if settings.store else None)
    sandbox = sandbox_of(settings, base_url, access=access, clock=clock)
    is_fleet = workers and not settings.store
    front = sandbox_front(sandbox, settings, _leading(workers, sandbox, settings, access) if is_fleet else sandbox.app)
    if workers and settings.store:
        front = _beside(workers, front, settings, kind="sandbox")
    serve_settled(front, bound, settings, _facts(sandbox, base_url), api=sandbox.api, announce=announce)


def sandbox_of(settings: SandboxSettings, base_url: str, *, access: Access, clock: AsyncClock | None = None) -> Sandbox:
    """The simulator with its tool server, as it was asked for. Raises `UpError`."""
    # Here, since the simulator alone starts without the tool server.
    from kustomer_sandbox.app import create_sandbox  # noqa: PLC0415
    from kustomer_sandbox.mcp_server.state.opening import CannotOpenState  # noqa: PLC0415

    api = api_of(settings)
    try:
        with plan_errors(), store_errors(settings):
            return create_sandbox(
                plan_of(settings, api),
                base_url=base_url,
                names=names_of(settings, base_url),
                api=api,
                clock=clock,
                access=access,
                is_shared=settings.is_shared,
                neighbours=folder_of_user(settings.environment) if settings.environment else None,
                state=state_of(settings),
            )
    except CannotOpenState as refusal:
        raise UpError(str(refusal)) from None


def sandbox_front(sandbox: Sandbox, settings: SandboxSettings, app: ASGIApp) -> ASGIApp:
    """All that a sandbox answers, `app` what is not of the API."""
    api = sandbox.api  # the one that was given, or one that keeps a state's episodes
    names = names_of(settings, sandbox.episodes.accounts.base_url)
    front = Front(api, lambda: behind_proxies(keeping(api, app)), knows_host=names.are_called)
    sandbox.metrics.fronts.append(front)
    return opened(front, settings)


def _launched(settings: SandboxSettings, shared: socket.socket | None = None) -> list[WorkerProcess]:
    """The processes beside this one, if several were asked for, to listen on a `shared` socket or on their own."""
    if settings.workers == 1:
        return []
    from kustomer_sandbox.fleet.fleet import launch  # noqa: PLC0415 - only if asked for

    return launch(settings, shared)


def _leading(workers: list[WorkerProcess], sandbox: Sandbox, settings: SandboxSettings, access: Access) -> ASGIApp:
    """The sandbox in front of the other workers, which are ready. Raises `UpError`."""
    from kustomer_sandbox.fleet.fleet import Fleet  # noqa: PLC0415 - only if asked for

    fleet = Fleet(sandbox, workers, settings, access)
    fleet.settle()
    return fleet


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
        **({"prompt": sandbox.world.prompt} if sandbox.world.prompt else {}),
    }


def run_simulator(settings: SandboxSettings, *, announce: Announce) -> None:
    """Serve the fake API alone until told to stop. Raises `UpError`."""
    check_cors(settings)
    check_replicas(settings)
    access_of(settings)
    bound = bind(settings)
    base_url = origin_of(settings, bound)
    workers = _launched(settings, bound)
    api = api_of(settings)
    with plan_errors(), store_errors(settings):
        world, key = api.opening(plan_of(settings, api))
    facts = {"base_url": base_url, "api_key": key, "world": world.name}
    front = simulator_front(api, settings, base_url, key)
    if workers:
        front = _beside(workers, front, settings, kind="simulator")
    serve_settled(front, bound, settings, facts, api=api, announce=announce, has_lifespan=bool(workers))


def simulator_front(api: Api, settings: SandboxSettings, base_url: str, key: str) -> ASGIApp:
    """All that the simulator alone answers; the key is filled in at `/docs`, unless others can reach it."""
    names, access = names_of(settings, base_url), access_of(settings)
    shown = "" if settings.is_shared else key

    def others() -> ASGIApp:
        return behind_proxies(keeping(api, _application(api, access, names, shown, front)))

    front = Front(api, others, knows_host=names.are_called)
    return opened(front, settings)


def _beside(workers: list[WorkerProcess], front: ASGIApp, settings: SandboxSettings, *, kind: ReplicaKind) -> ASGIApp:
    """The first of several replicas, the others of which are ready. Raises `UpError`."""
    from kustomer_sandbox.fleet.replicas import Replicas  # noqa: PLC0415 - only if asked for

    replicas = Replicas(front, workers, settings, kind=kind)
    replicas.settle()
    return replicas


def _application(api: Api, access: Access, names: HostNames, shown: str, front: Front) -> ASGIApp:
    """Control, metrics and documents, made when they are first asked for: the framework is most of the start."""
    from kustomer_sandbox.simulator.app import create_app  # noqa: PLC0415
    from kustomer_sandbox.web.door import before_pages  # noqa: PLC0415 - see above
    from kustomer_sandbox.web.metrics.metrics import Metrics  # noqa: PLC0415
    from kustomer_sandbox.web.metrics.routes import metrics_router  # noqa: PLC0415

    app = create_app(api, access, api_key=shown)
    metrics = Metrics(api)
    metrics.fronts.append(front)
    app.include_router(metrics_router(metrics, access))
    return before_pages(app, names)


def api_of(settings: SandboxSettings) -> Api:
    """A simulator whose keys are secret where others can reach it; what it plays is kept in the user's folder.

    Raises `UpError` where the store cannot be opened.
    """
    collect_seldom()
    api = create_api(
        random_hex=random_hex if settings.is_shared else None,
        folder=own_folder(settings.environment, "worlds") if settings.environment else None,
    )
    return kept_in(settings.store, api) if settings.store else api
