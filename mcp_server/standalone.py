"""The tool server on its own: over HTTP on a port, or over standard input and output for one client."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import anyio
import uvicorn
from fastapi_offline import FastAPIOffline

from kustomer_sandbox.contracts import load
from kustomer_sandbox.mcp_server.app import VERSION, McpServer
from kustomer_sandbox.mcp_server.bounded_http import BoundedProtocol, Bounds, within
from kustomer_sandbox.mcp_server.clock import AsyncClock, SystemClock
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.management.edge import refuse_alike
from kustomer_sandbox.mcp_server.management.management import create_router
from kustomer_sandbox.mcp_server.model import Account, Grant
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.defaults import DefaultRevoked, Defaults
from kustomer_sandbox.mcp_server.state.opening import CannotOpenState, open_state
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.mcp_server.unmasking.book import LeaseBook
from kustomer_sandbox.mcp_server.web_door import WebDoor

GRACE_SECONDS: Final = 5
"""How long running calls may go on after a stop signal; without it an open stream would hold the process for ever."""

REVOKED: Final = "was deleted; `kustomer-sandbox mcp rotate` makes a new one"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolServerSettings:
    """What the command line decides. `key_env` names the secret with the upstream's API key.

    `allowed_hosts` are names by which clients may call it, besides this machine's own and `host`.
    `discovery` is for standard input and output; over HTTP each client chooses by its URL.
    `neighbours` is the folder in which the tool servers of this user tell each other of their windows, if they do.
    """

    upstream: str
    key_env: str
    account_id: str = "kustomer"
    state: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    server_name: str = ""
    allowed_hosts: tuple[str, ...] = ()
    discovery: bool = False
    neighbours: Path | None = None


class CannotStart(Exception):
    """The settings cannot work; the message says what to change and repeats no secret."""


def create(settings: ToolServerSettings, secrets: Mapping[str, str]) -> McpServer:
    """A server for the account of the settings. Raises `CannotStart`."""
    _check(settings, secrets)
    hosts = _names(settings).given
    with _speaking():
        server = McpServer(
            contracts=load(),
            secrets=secrets,
            clock=SystemClock(),
            directory=settings.state,
            hosts=hosts,
            neighbours=settings.neighbours,
        )
        server.provisioning.put_account(_account(settings))
        return server


def rotate(state: Path, account_id: str, *, clock: AsyncClock | None = None) -> dict[str, str]:
    """New tokens for the default MCP server and the default API token of a state; the old ones end now.

    Gives `{account_id, mcp_path, api_token}`. Windows opened through the old URL are closed by the process that serves
    the state, or the next that does. Raises `CannotStart`.
    """
    if not state.is_dir():
        raise CannotStart(f"there is no state at {state}")
    with _speaking():
        database = open_state(state, random_hex=random_hex)
        provisioning = Provisioning(database, random_hex=random_hex)
        if provisioning.account(account_id) is None:
            raise CannotStart(f"the state {state} has no account of that id; name it with --account")
        book = LeaseBook(database, owner="", random_hex=random_hex)
        defaults, now = Defaults(database, provisioning), (clock or SystemClock()).now()
        server_id, token = defaults.rotate_server(account_id, now)
        api_token = defaults.rotate_api_token(now)
        theirs = [lease for lease in book.live() if lease.server_id == server_id]
        book.begin_closing(theirs, now, reason="token rotated")
        database.close()
    return {"account_id": account_id, "mcp_path": f"/mcp/{token}", "api_token": api_token}


@contextmanager
def _speaking() -> Iterator[None]:
    try:
        yield
    except CannotOpenState as refusal:
        raise CannotStart(str(refusal)) from None
    except StateUnavailable as fault:
        raise CannotStart(f"{fault}; mend that and start again") from None


def serve_http(settings: ToolServerSettings, secrets: Mapping[str, str], *, as_json: bool) -> None:
    """Serve on a port until a signal says stop; prints what a user needs once it is ready. Raises `CannotStart`."""
    listener = _listen(settings)
    server = create(settings, secrets)
    port = listener.getsockname()[1]
    with _speaking():
        ready = ready_line(server, settings, origin=f"http://{settings.host}:{port}")

    def show() -> None:
        print(json.dumps(ready) if as_json else _as_text(ready), flush=True)  # noqa: T201

    web_server(server, settings, on_ready=show).run(sockets=[listener])


def web_server(
    server: McpServer,
    settings: ToolServerSettings,
    *,
    on_ready: Callable[[], None],
    bounds: Bounds | None = None,
) -> uvicorn.Server:
    """The MCP endpoints and the management API, not yet running; `bounds` are what one client may take."""
    shown = {"filter": True, "tryItOutEnabled": True}
    app = FastAPIOffline(title="Kustomer MCP server", version=VERSION, redoc_url=None, swagger_ui_parameters=shown)
    refuse_alike(app)
    app.include_router(create_router(server))
    # No access log: the paths hold tokens.
    config = uvicorn.Config(
        server.before(WebDoor(app, _names(settings)), on_ready=on_ready),
        http=within(BoundedProtocol, bounds or Bounds()),
        ws="none",
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def _names(settings: ToolServerSettings) -> HostNames:
    return HostNames((settings.host, *settings.allowed_hosts))


def _check(settings: ToolServerSettings, secrets: Mapping[str, str]) -> None:
    if not secrets.get(settings.key_env, "").strip():
        raise CannotStart("the environment variable that --key-env names is not set; put the API key into it")
    url = urlsplit(settings.upstream)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment or url.username:
        raise CannotStart("--upstream must be the API's origin, such as https://acme.api.kustomerapp.com")
    if url.path.rstrip("/").endswith("/v1"):
        raise CannotStart("--upstream must leave out /v1: the tools add it")


def _listen(settings: ToolServerSettings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as fault:
        reason = "is taken" if fault.errno == errno.EADDRINUSE else "cannot be used"
        raise CannotStart(
            f"port {settings.port} {reason}; choose another with --port, or --port 0 for a free one"
        ) from None


def _as_text(ready: Mapping[str, str]) -> str:
    lines = [f"{name.replace('_', ' '):<12}{value}" for name, value in ready.items()]
    return "\n".join(["The MCP server is ready. Stop it with Ctrl-C.", *lines])


def ready_line(server: McpServer, settings: ToolServerSettings, *, origin: str) -> dict[str, str]:
    """`{mcp_url, account_id, api_token}`; the same for the same state, though no token is kept in it.

    What was deleted stays so, and is not told: another has taken its place, and that is the same from then on.
    """
    now = server.clock.now()
    mcp_token = server.defaults.working_server_token(_account(settings), now)
    api_token = server.defaults.working_api_token(now)
    return {"mcp_url": f"{origin}/mcp/{mcp_token}", "account_id": settings.account_id, "api_token": api_token}


def serve_stdio(settings: ToolServerSettings, secrets: Mapping[str, str]) -> None:
    """Serve one client on standard input and output: as the MCP server named in the settings, or with every tool."""
    server = create(settings, secrets)
    account = _account(settings)
    token = "" if settings.server_name else _default_token(server, account)

    def grant() -> Grant | None:
        now = server.clock.now()
        if settings.server_name:
            found = server.provisioning.grant_by_name(account.id, settings.server_name, now=now)
        else:
            found = server.provisioning.grant(token, now)
        return found.in_discovery() if found and settings.discovery else found

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(_end_on_signal, server)
            await server.run_stdio(grant)
            group.cancel_scope.cancel()

    anyio.run(run)


def _default_token(server: McpServer, account: Account) -> str:
    try:
        return server.default_token(account)
    except DefaultRevoked:
        raise CannotStart(f"the default MCP server {REVOKED}; or name another with --server") from None


async def _end_on_signal(server: McpServer) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as received:
        async for number in received:
            await server.aclose()
            # A thread still waits for the next line of standard input and would hold an ordinary exit for ever.
            os._exit(128 + number)


def _account(settings: ToolServerSettings) -> Account:
    return Account(id=settings.account_id, base_url=settings.upstream, key_env=settings.key_env)
