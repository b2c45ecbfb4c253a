"""Both servers on one port: the fake API, its control, the tool server in front of it, a start page."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.clock import AsyncClock, SystemClock
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.management.management import create_router
from kustomer_sandbox.mcp_server.model import Account
from kustomer_sandbox.pages import before_pages
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import mount_api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.start_page import add_start_page
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
) -> Sandbox:
    """A world, an API key, an integrated account and an MCP server that exposes every tool.

    The world is made in `api`, if one is given: it may know scenarios of its own. `clock` is the tool server's,
    the machine's own if left out; worlds have clocks of their own. `access` is to the control API, `names` are those by
    which the sandbox may be called, that of `base_url` if left out.
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
    )
    account = Account(id=plan.name, base_url=base_url, key_env=KEY_ENV)
    return Sandbox(
        app=_assemble(api, mcp, access or Access(), names),
        api=api,
        mcp=mcp,
        world=world,
        api_key=key,
        account_id=account.id,
        api_token=mcp.default_api_token(),
        mcp_token=mcp.default_token(account),
    )


def _assemble(api: Api, mcp: McpServer, access: Access, names: HostNames) -> ASGIApp:
    app = FastAPIOffline(title="Kustomer Sandbox", version="1", redoc_url=None)
    app.include_router(create_router(mcp))
    add_start_page(app, api)
    mount_api(app, api, access)
    return mcp.before(before_pages(app, names))
