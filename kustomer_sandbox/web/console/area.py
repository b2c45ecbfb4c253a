"""What an area of the console is: one module and one template. And the visit, through which it reads and acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.web.console import rest
from kustomer_sandbox.web.console.calls import MadeCall, PageWire

Looked = TypeVar("Looked")

Facts = dict[str, Any]
"""What a template is given, by name."""


@dataclass(kw_only=True, slots=True)
class AreaVisit:
    """One request for an area: of which world, with which query or form, and what it has called so far.

    Everything is read and done through the APIs that users have; `calls` are shown on the page, to be made by hand.
    An act may leave in `answered` what is to be shown below its sentence, such as a body, in `told_once` what is to be
    copied from there by its label, such as a secret, and in `outcome` what a panel shows that its form names.
    """

    world: World
    given: Mapping[str, str]
    origin: str
    api: Api = field(repr=False)
    mcp: McpServer = field(repr=False)
    wire: PageWire = field(repr=False)
    calls: list[MadeCall] = field(default_factory=list)
    answered: str = ""
    told_once: dict[str, str] = field(default_factory=dict, repr=False)
    outcome: Facts = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The integrated account that leads to this world, if it has one: it has the world's name."""
        return self.world.name

    async def control(self, method: str, path: str, body: JSON = None) -> JSON:
        """Call the control API below `/_sandbox`. Raises `CallRefused`."""
        return self._noted(await self.wire.control(method, path, body))

    async def of_world(self, method: str, path: str = "", body: JSON = None) -> JSON:
        """Call the control API below `/_sandbox/worlds/{world}`. Raises `CallRefused`."""
        return await self.control(method, f"/worlds/{self.world.name}{path}", body)

    async def management(self, method: str, path: str, body: JSON = None) -> JSON:
        """Call the management API of MCP servers. Raises `CallRefused`."""
        return self._noted(await self.wire.management(method, path, body))

    def look(self, at: Callable[[rest.Look], Looked]) -> Looked:
        """Read through the REST API, masked, without leaving a trace: see `rest.looking`. `at` must not await."""
        with rest.looking(self.api, self.world) as look:
            try:
                return at(look)
            finally:
                self.calls += look.calls

    def act(self, method: str, path: str, body: JSON = None) -> tuple[MadeCall, JSON]:
        """Call the REST API in earnest: see `rest.act`. Gives the call, with its status, and what was answered."""
        call, said = rest.act(self.api, self.world, method, path, body)
        self.calls.append(call)
        return call, said

    def _noted(self, made: tuple[MadeCall, JSON]) -> JSON:
        call, said = made
        self.calls.append(call)
        return said


Show = Callable[[AreaVisit], Awaitable[Facts]]
Act = Callable[[AreaVisit], Awaitable[str]]
"""Does something, and says in a sentence what was done. Raises `CallRefused`."""
Rows = Callable[[AreaVisit, int], Awaitable[tuple[Facts, int]]]
"""What has come since a number of the journal, for the area's block `rows`, and the number that was reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """One area: `/console/world/{world}/{name}`, made by `show` and the template `{name}.html`.

    The template extends `page.html` and has the blocks `main` and, within it, `live`: the part that is made anew after
    something happened in the world or `acts` did something. `panels` are other blocks, with what each is given, that a
    page can fetch, and that an act makes anew instead of `live` if one is its form's target. With `rows` new entries
    are added to a list instead, and `live` is not fetched.
    """

    name: str
    title: str
    about: str
    show: Show
    acts: Mapping[str, Act] = field(default_factory=dict)
    panels: Mapping[str, Show] = field(default_factory=dict)
    rows: Rows | None = None
