"""The sandbox that an MCP server calls, in hand: by its control API limits are set, and calls and windows seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kustomer_sandbox.clients import Client
from kustomer_sandbox.command.checking.asking import WAIT_SECONDS, HttpTarget
from kustomer_sandbox.command.checking.places import Control, sandbox_control
from kustomer_sandbox.contracts.suite.target import NotApplicable

_OK = 200
_ROLES = ("org",)


class SandboxUpstream:
    """All worlds of a running sandbox: which one the server calls is seen by what its calls do there.

    Raises `PlaceError` where no sandbox answers whose control API may be used.
    """

    def __init__(self, origin: str, token: str) -> None:
        self._client = Client(base_url=origin, timeout=WAIT_SECONDS)
        self._control: Control = sandbox_control(self._client, origin, token)
        self._called: dict[str, int] = {}
        self._world = ""

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def calls(self) -> int:
        """How many calls the worlds have answered; the one whose number has grown is the server's."""
        now = {name: int(self._of(name, "journal?limit=1")["total"]) for name in self._worlds()}
        self._world = next((name for name, count in now.items() if count > self._called.get(name, count)), self._world)
        self._called = now
        return sum(now.values())

    @contextmanager
    def refuse_next(self, seconds: int) -> Iterator[None]:
        """While within, the next call is a 429."""
        worlds = [self._world] if self._world else self._worlds()
        asked = {"match": {}, "fault": {"kind": "rate_limited", "reset": seconds}, "times": 1}
        armed = {name: self._control.ask("POST", f"/worlds/{name}/faults", asked)["id"] for name in worlds}
        try:
            yield
        finally:
            for name, id in armed.items():
                if any(fault["id"] == id for fault in self._of(name, "faults")):
                    self._control.ask("DELETE", f"/worlds/{name}/faults/{id}")

    def customer(self) -> str:
        """A customer of the server's world whose window is closed. Raises `NotApplicable`."""
        if not self._world:
            raise NotApplicable("no call of the server has been seen in a world of the sandbox")
        key = self._control.ask("POST", f"/worlds/{self._world}/keys", {"roles": list(_ROLES)})["api_key"]
        answer = HttpTarget(self._client, key).call("GET", "/v1/customers")
        known = [str(one["id"]) for one in answer.data] if answer.status == _OK else []
        closed = [id for id in known if id not in self.open_windows()]
        if not closed:
            raise NotApplicable("the world that the server calls has no customer without an open window")
        return closed[0]

    def open_windows(self) -> Sequence[str]:
        """The customers whose windows are open in the server's world."""
        return [str(window["customer"]) for window in self._of(self._world, "windows")]

    def _worlds(self) -> list[str]:
        return [str(world["name"]) for world in self._control.ask("GET", "/worlds")]

    def _of(self, world: str, what: str) -> Any:  # noqa: ANN401 - a decoded body
        return self._control.ask("GET", f"/worlds/{world}/{what}")
