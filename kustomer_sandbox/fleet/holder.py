"""The worlds of one worker: what is asked of them, and news of those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from kustomer_sandbox.episodes.episodes import Episodes
from kustomer_sandbox.fleet.asked import asked_of
from kustomer_sandbox.fleet.bodies import Answer
from kustomer_sandbox.mcp_server.model import Scope as ToolScope
from kustomer_sandbox.simulator.hosting.worlds import Worlds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Holder:
    """A worker's own application, for requests about worlds that live here; `has_gone` is told of worlds that end.

    New worlds are given an MCP URL, and answers about them say where they can be reached.
    """

    def __init__(
        self, app: ASGIApp, *, worlds: Worlds, episodes: Episodes, has_gone: Callable[[str], None] = lambda _: None
    ) -> None:
        self._app = app
        self._worlds = worlds
        self._episodes = episodes
        self._held = {world.name for world in worlds}
        self.has_gone = has_gone

    def has(self, name: str) -> bool:
        """Whether the world, or the episode, of this name lives here or has just ended here by itself."""
        return name in self._held or self._worlds.get(name) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope["method"], scope["path"])
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
        accounts = self._episodes.accounts
        world = self._worlds.get(name)
        url = accounts.url(world, name=name, scope=ToolScope()) if world else ""
        return {"base_url": accounts.base_url, "mcp_url": url}

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
            self.has_gone(name)
