"""The worlds of one worker: what is asked of them, and news of those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from kustomer_sandbox.episodes.episodes import Episodes
from kustomer_sandbox.fleet.asked import CONTROL, asked_of
from kustomer_sandbox.fleet.bodies import Answer
from kustomer_sandbox.mcp_server.model import Scope as ToolScope
from kustomer_sandbox.mcp_server.state.tokens import random_hex
from kustomer_sandbox.simulator.hosting.worlds import Worlds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MCP = "/mcp/"
_TOKEN_BYTES = 16


class Holder:
    """A worker's own application, for requests about worlds that live here; `has_gone` is told of worlds that end.

    The answer about a new world says where it can be reached. What stands behind its MCP URL, an account and an MCP
    server, is made when the URL is first called, or the account asked for: of thousands of short-lived worlds few need
    it, and it costs more than the world itself.
    """

    def __init__(
        self, app: ASGIApp, *, worlds: Worlds, episodes: Episodes, has_gone: Callable[[str], None] = lambda _: None
    ) -> None:
        self._app = app
        self._worlds = worlds
        self._episodes = episodes
        self._held = {world.name for world in worlds}
        self._promised: dict[str, str] = {}
        self._token_of: dict[str, str] = {}
        self.has_gone = has_gone

    def has(self, name: str) -> bool:
        """Whether the world, or the episode, of this name lives here or has just ended here by itself."""
        return name in self._held or self._worlds.get(name) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope["method"], scope["path"])
        self._keep_promise(scope["path"], asked.name)
        if asked.kind in {"make", "fork"}:
            await self._make(scope, receive, send)
        elif scope["method"] == "DELETE" and asked.name:
            await self._app(scope, receive, self._noticing(asked.name, send))
        else:
            await self._app(scope, receive, send)

    async def sweep(self) -> None:
        """Tell of the worlds that have ended by themselves."""
        for name in [name for name in self._held if self._worlds.get(name) is None]:
            self._notice(name)

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer()
        await self._app(scope, receive, answer.send)
        if answer.status == HTTPStatus.CREATED:
            made = answer.json()
            name = made.get("episode") or made["name"]
            self._held.add(name)
            if "mcp_url" not in made:
                answer = answer.with_json(made | self._addresses(name))
        await answer.pass_on(send)

    def _addresses(self, name: str) -> dict[str, str]:
        base_url, token = self._episodes.accounts.base_url, random_hex(_TOKEN_BYTES)
        self._promised[token], self._token_of[name] = name, token
        return {"base_url": base_url, "mcp_url": f"{base_url}{_MCP}{token}"}

    def _keep_promise(self, path: str, account: str) -> None:
        """Make what stands behind an MCP URL that was told, if this is the first time that it is needed."""
        if not self._promised or path.startswith(CONTROL):
            return
        token = path.removeprefix(_MCP).partition("/")[0] if path.startswith(_MCP) else self._token_of.get(account, "")
        name = self._promised.pop(token, None)
        world = self._worlds.get(name) if name else None
        if name and world:
            del self._token_of[name]
            self._episodes.accounts.url(world, scope=ToolScope(), token=token)

    def _noticing(self, name: str, send: Send) -> Send:
        """Has the news go out before the answer: whoever has the answer may use the name at once."""

        async def sender(message: Message) -> None:
            if self._worlds.get(name) is None:
                self._notice(name)
            await send(message)

        return sender

    def _notice(self, name: str) -> None:
        if name in self._held:
            self._held.discard(name)
            self._promised.pop(self._token_of.pop(name, ""), None)
            self.has_gone(name)
