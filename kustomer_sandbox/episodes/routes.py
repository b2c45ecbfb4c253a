"""Control of episodes, and MCP URLs for worlds: `/_sandbox/episodes` and `/_sandbox/worlds/{world}/mcp`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path

from kustomer_sandbox.episodes.episodes import Episodes, TooManyEpisodes
from kustomer_sandbox.episodes.models import EpisodeBegun, EpisodeEnded, EpisodeShown, McpUrlMade, NewEpisode, NewMcpUrl
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.management.management_models import ServerConfig
from kustomer_sandbox.mcp_server.management.records import scope_of
from kustomer_sandbox.mcp_server.model import Scope
from kustomer_sandbox.mcp_server.tools.scope import unknown_words, visible
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access import guard
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.simulator.control.bounds import BoundedRoute
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.control.worlds import create_as_asked

EpisodeId = Annotated[str, Path(description="The episode's id.", max_length=64)]
_UNKNOWN = "There is no episode with this id; GET /_sandbox/episodes lists those that are open."


def episodes_router(api: Api, mcp: McpServer, episodes: Episodes, access: Access) -> APIRouter:
    """The routes, for those who have access to the control API."""
    router = APIRouter(
        prefix="/_sandbox", tags=["Sandbox control"], dependencies=[Depends(guard(access))], route_class=BoundedRoute
    )
    _add_episodes(router, api, mcp, episodes)

    @router.post("/worlds/{world}/mcp", status_code=201)
    async def create_mcp_url(world: WorldName, asked: NewMcpUrl | None = None) -> McpUrlMade:
        """Give a world an MCP URL, and an integrated account if it has none yet. The URL ends with the world."""
        target = find(api, world)
        scope = _scope((asked or NewMcpUrl()).tools, mcp)
        url = episodes.accounts.url(target, scope=scope)
        return McpUrlMade(account_id=target.name, mcp_url=url, base_url=episodes.accounts.base_url)

    return router


def _add_episodes(router: APIRouter, api: Api, mcp: McpServer, episodes: Episodes) -> None:
    @router.post("/episodes", status_code=201)
    async def begin_episode(asked: NewEpisode | None = None) -> EpisodeBegun:
        """Make a world with an API key and an MCP URL of its own. Key and URL are shown this once."""
        asked = asked or NewEpisode()
        scope = _scope(asked.tools, mcp)
        try:
            world = create_as_asked(api, asked, episodes.new_name())
        except TooManyEpisodes:
            raise HTTPException(429, "Too many episodes are open; DELETE some of them.") from None
        episode, key, url = episodes.begin(world, scope=scope, idle=timedelta(seconds=asked.idle_seconds))
        return EpisodeBegun(**dict(episode), mcp_url=url, base_url=episodes.accounts.base_url, api_key=key)

    @router.get("/episodes")
    async def list_episodes() -> list[EpisodeShown]:
        """The open episodes, oldest first."""
        return episodes.all()

    @router.get("/episodes/{episode}")
    async def get_episode(episode: EpisodeId) -> EpisodeShown:
        """An open episode; its world answers below `/_sandbox/worlds`, too."""
        found = episodes.get(episode)
        if found is None:
            raise HTTPException(404, _UNKNOWN)
        return found

    @router.delete("/episodes/{episode}")
    async def end_episode(episode: EpisodeId) -> EpisodeEnded:
        """End an episode and tell what happened in it. Its world, key and MCP URL are no more, its windows closed.

        One that has ended by itself can be asked for once.
        """
        ended = await episodes.end(episode)
        if ended is None:
            raise HTTPException(404, _UNKNOWN)
        return ended


def _scope(config: ServerConfig, mcp: McpServer) -> Scope:
    """Raises a 400 for words that no tool knows, and for filters that leave no tool."""
    scope = scope_of(config)
    if unknown := unknown_words(scope, mcp.catalogue):
        raise HTTPException(400, unknown.replace("config.", "tools.", 1))
    if not visible(scope, mcp.catalogue):
        raise HTTPException(400, "tools: no tool passes these filters.")
    return scope
