"""Calls tools as one caller of one MCP server."""

from __future__ import annotations

from pathlib import Path

import httpx

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import JSON, Account, ToolResult
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire
from tests.mcp_server.fakes import JANE, KEY, Counted, FakeUpstream, HandClock

ACCOUNT = Account(id="acme", base_url="https://acme.api.example", key_env="ACME_KEY")
GET = "get_single_kustomer_customer_by_id"
OPEN = "create_a_kustomer_customer_unmasking_window"
CLOSE = "delete_a_kustomer_customer_unmasking_window_by_id"


def create_server(
    contracts: Contracts,
    *,
    clock: HandClock,
    upstream: FakeUpstream,
    directory: Path | None,
    random_hex: Counted | None = None,
) -> McpServer:
    """A tool server in this process."""
    return McpServer(
        contracts=contracts,
        secrets={"ACME_KEY": KEY},
        clock=clock,
        random_hex=random_hex or Counted(),
        directory=directory,
        wire=HttpWire(httpx.MockTransport(upstream)),
    )


class Hand:
    """Calls tools of `server` for an account's default MCP server."""

    def __init__(self, server: McpServer, account: Account = ACCOUNT) -> None:
        self.server = server
        self.token = server.default_token(account)
        grant = server.provisioning.grant(self.token, server.clock.now())
        assert grant is not None
        self.caller = Caller(grant=grant, connection="connection-1")

    async def __call__(self, tool: str, **arguments: JSON) -> ToolResult:
        return await self.server.calls.call(self.caller, tool, arguments)

    async def phone(self, customer: str = JANE) -> str:
        """What a read shows of the customer's phone number; `refused` for an error."""
        got = await self(GET, id=customer)
        return "refused" if got.is_error else str(got.document["attributes"]["phones"][0]["phone"])

    def statuses(self) -> list[str]:
        """The account's leases, oldest first: status and why they were closed."""
        history = self.server.windows.book.history(self.caller.grant.account.id, limit=100)
        return [f"{lease.status} {lease.close_reason}".strip() for lease, _ in reversed(history)]
