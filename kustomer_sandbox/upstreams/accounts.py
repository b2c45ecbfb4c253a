"""An integrated account, and with it an MCP URL, for any world of a sandbox.

A world is bound to the token in the URL: token, MCP server, account, API key, world. So it is the same world for
clients that keep a session, open one for every call, or know none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.model import Account, Scope
from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import issue_key, issue_key_of
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.world.world import World

KEY_ENV = "KUSTOMER_SANDBOX_API_KEY"
"""The name under which the tool server finds the first world's key. It is no real environment variable here."""

OF_WORLD = f"{KEY_ENV}/"
"""What the name of another world's key begins with."""


class WorldAccounts:
    """The accounts of one sandbox; an account has the name of its world. `secrets` are those the tool server reads.

    Keys are known while the process runs and stored nowhere.
    """

    def __init__(self, api: Api, mcp: McpServer, *, secrets: dict[str, str], base_url: str) -> None:
        self.base_url = base_url
        self.worlds = api.worlds
        self._mcp = mcp
        self._secrets = secrets
        self._seen: dict[str, tuple[int, datetime]] = {}

    def connect(self, world: World, key: str) -> Account:
        """Give a world an account that calls with this key, or give its account this key and address."""
        secret = OF_WORLD + world.name
        self._secrets[secret] = key
        return self._mcp.provisioning.put_account(Account(id=world.name, base_url=self.base_url, key_env=secret))

    def url(self, world: World, *, scope: Scope, token: str | None = None) -> str:
        """A new MCP URL for a world, shown this once; a world without an account is given one, with a key of its own.

        The key stands for the machine user of the world's first key. `token` is the URL's, if it was told before.
        Raises `StateUnavailable`.
        """
        account = self._mcp.provisioning.account(world.name)
        if account is not None and not self._is_of(account, world):
            self._forget(world.name)  # of an earlier world of this name: its URLs must not lead here
            account = None
        if account is None:
            first = next(iter(world.live_keys()), None)
            key, _ = issue_key_of(self.worlds, world, first) if first else issue_key(self.worlds, world)
            account = self.connect(world, key)
        _, token = self._mcp.provisioning.create_server(
            account.id, self._mcp.clock.now(), name=world.name, scope=scope, created_by="control", token=token
        )
        return f"{self.base_url}/mcp/{token}"

    def key(self, world: World) -> str:
        """The key by which the account of a world calls."""
        return self._secrets[OF_WORLD + world.name]

    def _is_of(self, account: Account, world: World) -> bool:
        found = self.worlds.by_key(digest(self._secrets.get(account.key_env, "")))
        return found is not None and found[0] is world

    def dropped(self) -> list[str]:
        """The worlds that were given an account here, or looked after, and are no more."""
        named = {secret.removeprefix(OF_WORLD) for secret in self._secrets if secret.startswith(OF_WORLD)}
        return sorted(name for name in named | self._seen.keys() if self.worlds.get(name) is None)

    async def end(self, world: str) -> list[Lease]:
        """First a world's URLs stop working, then what was opened through them is closed; then it is no more.

        The world may be gone already. Gives the leases that were open. Raises `StateUnavailable` once all that can be
        closed is: then world and account are still there.
        """
        try:
            self._mcp.provisioning.delete_servers(world)
        finally:
            leases = await self._mcp.windows.close_account(world, reason="world dropped")
        if self.worlds.get(world):
            self.worlds.drop(world)
        self._forget(world)
        return leases

    def _forget(self, world: str) -> None:
        """A world is no more: its account ends, and what could not be closed needs no closing."""
        self._mcp.provisioning.delete_account(world)
        self._mcp.windows.forget_account(world)
        self._secrets.pop(OF_WORLD + world, None)
        self._mcp.used.pop(world, None)
        self._seen.pop(world, None)

    def last_used(self, world: World) -> datetime:
        """When a world was last called, by a URL or by a key, on the tool server's clock.

        Calls by a key are found in the journal when this is asked, so ask often; the first time it is now.
        """
        calls, at = self._seen.get(world.name, (-1, None))
        if at is None or calls != world.journal.total:
            at = self._mcp.clock.now()
            self._seen[world.name] = world.journal.total, at
        return max(at, self._mcp.used.get(world.name, at))

    def resume(self, first: str, key_of: Callable[[World], str]) -> None:
        """Give the accounts of an earlier process a key of their worlds, if these are there again, or end them.

        The account of the world `first` has its key.
        """
        for account in self._mcp.provisioning.accounts():
            if account.id == first:
                continue
            if world := self.worlds.get(account.id):
                self.connect(world, key_of(world))
            elif account.key_env.startswith(OF_WORLD):
                self._forget(account.id)
