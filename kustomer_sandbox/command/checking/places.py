"""Where checks are run: in worlds of this process, or in worlds of a sandbox that runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from kustomer_sandbox.clients import Client
from kustomer_sandbox.command.checking.asking import WAIT_SECONDS, HttpTarget, decoded
from kustomer_sandbox.contracts.suite.laws.promised import promised
from kustomer_sandbox.contracts.suite.running import NoAnswer
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.transports import SimulatorTransport

_ORIGIN = "http://sandbox.invalid"
_SPEC = WorldSpec(name="checked", scenario="demo", plan="ultimate")


class PlaceError(Exception):
    """An address at which nothing can be checked; the message says which, and why."""


class WorldTarget(HttpTarget):
    """A world of this process."""

    def __init__(self, api: Api, world: World, client: httpx.Client) -> None:
        super().__init__(client, issue_key(api.worlds, world)[0])
        self._api, self._world = api, world

    def advance(self, seconds: float) -> None:
        now = self._world.clock.now() + timedelta(seconds=seconds)
        self._world.clock.move_to(now)
        self._world.run_due(now)

    def new_key(self, *roles: str, read_sensitive: bool = False) -> str:
        return issue_key(self._api.worlds, self._world, roles=roles, read_sensitive=read_sensitive)[0]


class InProcess:
    """Our simulator in this process: a fresh demo world for each check."""

    has_control = may_write = True
    name = "the simulator, in process"

    def __init__(
        self,
        transport: Callable[[Api], httpx.BaseTransport] = SimulatorTransport,
        *,
        readings: Mapping[str, str] | None = None,
    ) -> None:
        """`transport` is what lies between the checks and the simulator; `readings` are other readings of rules."""
        self._api, self._transport = create_api(promised()), transport
        self._spec = replace(_SPEC, readings=readings or {})

    @contextmanager
    def target(self) -> Iterator[WorldTarget]:
        world = self._api.worlds.create(self._spec)
        try:
            with Client(transport=self._transport(self._api), base_url=_ORIGIN) as client:
                yield WorldTarget(self._api, world, client)
        finally:
            self._api.worlds.drop(world.name)


class SandboxTarget(HttpTarget):
    """A world of a sandbox that runs elsewhere."""

    def __init__(self, client: httpx.Client, key: str, control: Control, world: str) -> None:
        super().__init__(client, key)
        self._control, self._world = control, world

    def advance(self, seconds: float) -> None:
        self._control.ask("POST", f"/worlds/{self._world}/clock", {"advance": f"PT{seconds}S"})

    def new_key(self, *roles: str, read_sensitive: bool = False) -> str:
        body = {"roles": list(roles), "read_sensitive": read_sensitive}
        return str(self._control.ask("POST", f"/worlds/{self._world}/keys", body)["api_key"])


class Control:
    """The control API of a running sandbox."""

    def __init__(self, client: httpx.Client, token: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - a decoded body
        """The decoded answer. Raises `NoAnswer` for anything but a success."""
        try:
            reply = self._client.request(method, f"/_sandbox{path}", json=body, headers=self._headers)
        except httpx.TransportError as fault:
            raise NoAnswer(f"the control API answers: {type(fault).__name__}") from None
        if not reply.is_success:
            raise NoAnswer(f"the control API does as asked ({method} {path}): status {reply.status_code}")
        return decoded(reply)


def sandbox_control(client: httpx.Client, origin: str, token: str) -> Control:
    """The control API at an origin. Raises `PlaceError` where there is none, or none that may be used."""
    control = Control(client, token)
    try:
        found = control.ask("GET", "/health")
        control.ask("GET", "/worlds")
    except NoAnswer as why:
        raise PlaceError(f"at {origin} no sandbox is found whose control may be used ({why}); an organisation is "
                         "checked with --key-env") from None  # fmt: skip
    if not isinstance(found, dict) or "worlds" not in found:
        raise PlaceError(f"what answers at {origin} is no sandbox; an organisation is checked with --key-env")
    return control


class RunningSandbox:
    """A sandbox that runs elsewhere: a demo world of its own for each check, gone when the check ends.

    Raises `PlaceError` where no sandbox answers whose control API may be used.
    """

    has_control = may_write = True

    def __init__(self, origin: str, token: str) -> None:
        self.name = origin
        self._client = Client(base_url=origin, timeout=WAIT_SECONDS)
        self._control = sandbox_control(self._client, origin, token)

    @contextmanager
    def target(self) -> Iterator[SandboxTarget]:
        asked = {"scenario": _SPEC.scenario, "plan": _SPEC.plan}
        made = self._control.ask("POST", "/worlds", asked)
        try:
            yield SandboxTarget(self._client, made["api_key"], self._control, made["name"])
        finally:
            self._control.ask("DELETE", f"/worlds/{made['name']}")
