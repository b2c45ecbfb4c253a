"""Runs agents in scenarios, in this process: a world for each run, and its tools as functions. No socket anywhere."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import orjson

from kustomer_sandbox.grading.judge import grade_world
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import Scope, ToolResult
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.scenarios.files.loader import FileScenario
from kustomer_sandbox.simulator.values.clock import EPOCH
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.upstreams.accounts import WorldAccounts
from kustomer_sandbox.upstreams.wire import SimulatorWire

_ORIGIN = "http://127.0.0.1:8700"
_REFUSED_FROM = 400


class ToolRefused(Exception):
    """A tool answered with an error; `envelope` is what it said."""

    def __init__(self, tool: str, envelope: Mapping[str, Any]) -> None:
        super().__init__(f"{tool}: {envelope.get('statusCode')} {envelope.get('message')}")
        self.envelope = envelope

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.envelope.get("statusCode", 0))


class ToolCaller:
    """The tools of one world for a scripted agent: `tools("list_all_kustomer_tags", limit=5)` gives the result.

    `prompt` is what the agent is asked to do; `rest` calls the API past the tools. Raises `ToolRefused`.
    """

    def __init__(
        self,
        world: World,
        *,
        call: Callable[[str, Mapping[str, Any]], ToolResult],
        send: Callable[[Request], Reply],
        sweep: Callable[[], None],
    ) -> None:
        self.prompt = world.prompt
        self._world = world
        self._call = call
        self._send = send
        self._sweep = sweep

    def __call__(self, tool: str, given: Mapping[str, Any] | None = None, /, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Call a tool; arguments are keywords, a mapping, or both: `and` is no name in Python."""
        result = self._call(tool, {**(given or {}), **arguments})
        if result.is_error:
            raise ToolRefused(tool, result.document)
        found: dict[str, Any] = result.document
        return found

    def rest(self, method: str, path: str, body: JSON = None) -> Any:  # noqa: ANN401
        """Call the API itself: the answer's JSON, None if it has none. Raises `ToolRefused`."""
        text = b"" if body is None else orjson.dumps(body)
        reply = self._send(Request(method, *path.partition("?")[::2], {"content-type": "application/json"}, text))
        answer = orjson.loads(reply.body) if reply.body else None
        if reply.status >= _REFUSED_FROM:
            raise ToolRefused(f"{method} {path}", {"statusCode": reply.status, "message": answer})
        return answer

    def now(self) -> datetime:
        """The world's time."""
        return self._world.clock.now()

    def wait(self, seconds: float) -> None:
        """Let the world's time go on, and what falls due be done. Nobody waits."""
        self._world.clock.move_to(self.now() + timedelta(seconds=seconds))
        self._world.run_due(self.now())
        self._sweep()


Agent = Callable[[ToolCaller], object]
"""A scripted agent: it is given the tools, and does its work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GradedRun:
    """One run of an agent: the world as it was left, and the verdict."""

    world: World
    verdict: Verdict


class _ArenaClock:
    """The tool server's time: that of the world whose turn it is."""

    def __init__(self) -> None:
        self.world: World | None = None

    def now(self) -> datetime:
        return self.world.clock.now() if self.world else EPOCH

    async def sleep(self, _: float) -> None:
        await asyncio.Event().wait()


class Arena:
    """A place for many runs, one after another. The same scenario, seed and agent give the same run, to the byte."""

    def __init__(self, api: Api | None = None) -> None:
        self.api = api or create_api()
        self._clock = _ArenaClock()
        self._secrets: dict[str, str] = {}
        self._mcp = McpServer(
            contracts=self.api.contracts,
            secrets=self._secrets,
            clock=self._clock,
            random_hex=_counted(),
            wire=SimulatorWire(self.api, origin=_ORIGIN),
        )
        self._accounts = WorldAccounts(self.api, self._mcp, secrets=self._secrets, base_url=_ORIGIN)
        self._loop = asyncio.new_event_loop()

    def add(self, scenario: FileScenario) -> str:
        """Let agents run in a scenario of one's own; gives the name it has here."""
        if scenario.name not in self.api.worlds.scenarios:
            self.api.worlds.add_scenario(scenario.name, scenario)
        return scenario.name

    def run(self, scenario: str, agent: Agent, *, seed: str = "0") -> GradedRun:
        """Let an agent work in a fresh world and judge what it did. Raises what the agent raises."""
        world = self.begin(scenario, seed=seed)
        try:
            agent(self.tools(world))
            return GradedRun(world=world, verdict=grade_world(self.api.worlds, world))
        finally:
            self.end(world)

    def begin(self, scenario: str, *, seed: str = "0") -> World:
        """A fresh world of a scenario, with a key."""
        name = scenario if self.api.worlds.get(scenario) is None else self.api.worlds.free_name()
        world = self.api.worlds.create(WorldSpec(name=name, scenario=scenario, seed=seed))
        self._clock.world = world
        key, _ = issue_key(self.api.worlds, world)
        self._accounts.connect(world, key)
        return world

    def tools(self, world: World) -> ToolCaller:
        """Every tool, on a world that `begin` gave."""
        account = self._mcp.provisioning.account(world.name)
        token = self._accounts.url(world, scope=Scope()).rpartition("/")[2]
        grant = self._mcp.provisioning.grant(token, self._clock.now())
        if grant is None or account is None:
            raise LookupError(world.name)
        caller = Caller(grant=grant, connection=world.name)
        own = {"authorization": f"Bearer {self._secrets[account.key_env]}", "host": "127.0.0.1:8700"}
        return ToolCaller(
            world,
            call=lambda tool, given: self._loop.run_until_complete(self._mcp.calls.call(caller, tool, given)),
            send=lambda request: self.api.handle(request._replace(headers={**request.headers, **own})),
            sweep=lambda: self._loop.run_until_complete(self._mcp.housekeeping.sweep()),
        )

    def end(self, world: World) -> None:
        """Close what tools have left open, and forget the world."""
        self._loop.run_until_complete(self._accounts.end(world.name))

    def close(self) -> None:
        """End the tool server."""
        self._loop.run_until_complete(self._mcp.aclose())
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _counted() -> Callable[[int], str]:
    """Random text that is the same in every process: nobody else reaches the tools."""
    numbers = itertools.count(1)

    def text(size: int) -> str:
        return hashlib.sha512(str(next(numbers)).encode()).hexdigest()[: 2 * size]

    return text
