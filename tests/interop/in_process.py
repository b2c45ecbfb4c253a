"""The tool server in front of a simulator, in one process: no socket, no protocol, the same code below both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mcp_server.app import McpServer
from mcp_server.calls import Caller
from mcp_server.clock import MachineClock
from mcp_server.model import Account, Grant, Scope, ToolResult
from mcp_server.wire import HttpWire
from sandbox.transports import AsyncSimulatorTransport
from simulator.api import Api
from simulator.keys import issue_key
from simulator.world import World
from simulator.worlds import Plan

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


def tools_of(api: Api, plan: Plan) -> Tools:
    """The tools of a new world."""
    world = api.worlds.create(plan)
    key, _ = issue_key(api.worlds, world)
    server = McpServer(
        contracts=api.contracts,
        secrets={KEY_ENV: key},
        clock=MachineClock(),
        wire=HttpWire(AsyncSimulatorTransport(api)),
    )
    account = server.provisioning.put_account(
        Account(id="here", base_url="https://api.kustomerapp.com", key_env=KEY_ENV)
    )
    grant = Grant(server_id="server", name="every tool", account=account, scope=Scope())
    return Tools(server, world, key, Caller(grant=grant, connection="connection"))
