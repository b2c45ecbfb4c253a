"""Pure: one tool call before anything is sent: who calls, and the request that was made of the arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.mcp_server.model import Grant, UpstreamIdentity, UpstreamRequest
from kustomer_sandbox.mcp_server.tools import cursor
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.unmasking.leases import Opener
from kustomer_sandbox.mcp_server.unmasking.unmasking import Progress, silent


@dataclass(kw_only=True, slots=True)
class Caller:
    """On whose behalf a tool is called. `connection` is the client connection, with which its windows are closed.

    Neither it nor what else each call makes here is frozen: see `model`.
    """

    grant: Grant
    connection: str
    client_name: str = ""
    client_version: str = ""
    request_id: str = ""
    call_id: str = ""
    progress: Progress = silent

    def in_call(self, call_id: str) -> Caller:
        """The same caller in one call. Not by `replace`, which takes as long as looking the tool up."""
        return Caller(
            grant=self.grant,
            connection=self.connection,
            client_name=self.client_name,
            client_version=self.client_version,
            request_id=self.request_id,
            call_id=call_id,
            progress=self.progress,
        )


@dataclass(kw_only=True, slots=True)
class PreparedCall:
    """A call whose arguments are checked and whose request is built."""

    caller: Caller
    definition: Definition
    arguments: Mapping[str, Any]
    request: UpstreamRequest
    position: cursor.Position | None

    @property
    def customer_id(self) -> str:
        """The customer a window tool is about: the one path argument of its operation."""
        name = next(argument.name for argument in self.definition.tool.arguments if argument.place == "path")
        return str(self.arguments[name]).lower()

    def opener(self, upstream: UpstreamIdentity) -> Opener:
        grant = self.caller.grant
        return Opener(
            account_id=grant.account.id,
            customer_id=self.customer_id,
            server_id=grant.server_id,
            tool=self.definition.name,
            connection=self.caller.connection,
            upstream=upstream,
            reason=str(self.arguments.get("reason", "")),
            call_id=self.caller.call_id,
        )
