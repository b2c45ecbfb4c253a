"""Both servers on one port: the fake API, its control, the tool server in front of it, a start page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.clock import AsyncClock, SystemClock
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.upstreams import SimulatorWire

KEY_ENV = "KUSTOMER_SANDBOX_API_KEY"
"""The name under which the tool server finds the world's key. It is no real environment variable here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """A running sandbox's parts and the secrets a user needs, shown once."""

    app: ASGIApp
    api: Api
    mcp: McpServer
    world: World
    api_key: str
    account_id: str
    api_token: str
    mcp_token: str


def create_sandbox(
    plan: WorldSpec,
    *,
    base_url: str,
    names: HostNames | None = None,
    api: Api | None = None,
    clock: AsyncClock | None = None,
    access: Access | None = None,
    is_shared: bool = True,
    neighbours: Path | None = None,
) -> Sandbox:
    """A world, an API key, an integrated account and an MCP server that exposes every tool.

    The world is made in `api`, if one is given. `clock` is the tool server's, the machine's own if left out, `access`
    that to the control API, `names` are those it may be called by. Unless it `is_shared` with other machines, its URL
    and tokens are the same at every start. In the folder `neighbours` tool servers tell each other of their windows.
    """
    api, names = api or create_api(), names or HostNames(public_url=base_url)
    world = api.worlds.create(plan)
    key, _ = issue_key(api.worlds, world)
    mcp = McpServer(
        contracts=api.contracts,
        secrets={KEY_ENV: key},
        clock=clock or SystemClock(),
        wire=SimulatorWire(api, origin=base_url),
        hosts=names.given,
        neighbours=neighbours,
    )
    account = mcp.provisioning.put_account(Account(id=plan.name, base_url=base_url, key_env=KEY_ENV))
    mcp_token, api_token = _random_tokens(mcp, account) if is_shared else _derived_tokens(mcp, account, plan)
    return Sandbox(
        app=_assemble(api, mcp, access or Access(), names),
        api=api,
        mcp=mcp,
        world=world,
        api_key=key,
        account_id=account.id,
        api_token=api_token,
        mcp_token=mcp_token,
    )


def _random_tokens(mcp: McpServer, account: Account) -> tuple[str, str]:
    return mcp.default_token(account), mcp.default_api_token()


def _derived_tokens(mcp: McpServer, account: Account, plan: WorldSpec) -> tuple[str, str]:
    """What was pasted into a client's settings goes on working after a restart. Anyone can work them out."""
    url, api = (hashlib.sha256(f"{plan.name}/{plan.seed}/{purpose}".encode()).hexdigest() for purpose in ("mcp", "api"))
    _, mcp_token = mcp.provision(account, name="default", token=url[:32])
    return mcp_token, mcp.provisioning.create_api_token("default", mcp.clock.now(), token=api)


def _assemble(api: Api, mcp: McpServer, access: Access, names: HostNames) -> ASGIApp:
    def pages() -> ASGIApp:
        from kustomer_sandbox.page_application import create_pages  # noqa: PLC0415 - the framework: see `LatePages`

        return create_pages(api, mcp, access, names)

    return mcp.before(LatePages(pages))


class LatePages:
    """The pages, made when the first of them is asked for: a start does not wait for the framework's import.

    They are made in a thread, since calls of tools and of the API go on meanwhile.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._making = anyio.Lock()
        self._pages: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._pages is None:
            async with self._making:
                if self._pages is None:
                    self._pages = await anyio.to_thread.run_sync(self._make)
        await self._pages(scope, receive, send)
