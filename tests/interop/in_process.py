"""The tool server in front of a simulator, in one process: no socket, no protocol, the same code below both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.clock import SystemClock
from kustomer_sandbox.mcp_server.model import Account, Grant, Scope, ToolResult
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.transports import AsyncSimulatorTransport

KEY_ENV = "WORLD_KEY"


@dataclass(frozen=True)
class Tools:
    """Every tool, called as one client of one world."""

    server: McpServer
    world: World
    key: str
    caller: Caller

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        return await self.server.calls.call(self.caller, name, arguments)


def tools_of(api: Api, plan: WorldSpec) -> Tools:
    """The tools of a new world."""
    world = api.worlds.create(plan)
    key, _ = issue_key(api.worlds, world)
    server = McpServer(
        contracts=api.contracts,
        secrets={KEY_ENV: key},
        clock=SystemClock(),
        wire=HttpWire(AsyncSimulatorTransport(api)),
    )
    account = server.provisioning.put_account(
        Account(id="here", base_url="https://api.kustomerapp.com", key_env=KEY_ENV)
    )
    grant = Grant(server_id="server", name="every tool", account=account, scope=Scope())
    return Tools(server, world, key, Caller(grant=grant, connection="connection"))
