"""A world's calls from one moment on, to be played again from the state they began in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from kustomer_sandbox.simulator.hosting.keys import issue_key_of
from kustomer_sandbox.simulator.world.recording import Difference
from kustomer_sandbox.simulator.world.spending.run import Run
from kustomer_sandbox.simulator.world.spending.what_if import WhatIf, what_if
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.shared import SharedApi


class Recording:
    """Every call made since `kustomer.record()`, with its answer; values stay in memory and are shown nowhere."""

    def __init__(self, api: SharedApi, world: World) -> None:
        self._api = api
        # Under the same name, by which a world's plan is known.
        self._start = world.fork(world.name)
        self._keys = list(world.keys.values())
        self._calls = world.record()

    def __len__(self) -> int:
        return len(self._calls.calls)

    def replay(self, *, plan: str | None = None, roles: Iterable[str] | None = None) -> list[Difference]:
        """Make the same calls again, each at its instant, in a world of their own; gives the answers that differ.

        None do, unless asked otherwise: on another `plan`, or with keys that have only these `roles`. What was armed,
        seeded or restored meanwhile is not done again. Raises `KeyError` for an unknown plan, `ValueError` if a key
        was used that did not exist when the recording began.
        """
        with self._api.lock:
            world = self._api.worlds.fork(self._start, self._api.worlds.free_name())
            try:
                self._set(world, plan)
                keys = self._keys_of(world, None if roles is None else frozenset(roles))
                return self._calls.replay(world.clock, self._api.gate.handle, keys=keys)
            finally:
                self._api.worlds.drop(world.name)

    def what_if(self) -> WhatIf:
        """How long the run would take on each plan, where it would be refused first, and which calls to save.

        For a client that waits for `x-ratelimit-reset` where it is refused, and else is as quick as it was. As text
        (`str`) it is a table.
        """
        with self._api.lock:
            return what_if(self._run(), self._start.contracts)

    def save(self, path: str | Path) -> None:
        """Write the run down for `kustomer-sandbox what-if`: which calls were made, without what they said."""
        with self._api.lock:
            text = self._run().as_json()
        Path(path).write_bytes(text)

    def _run(self) -> Run:
        return self._start.run_of(self._calls)

    def _set(self, world: World, plan: str | None) -> None:
        if plan is not None:
            if plan not in world.contracts.limits.plans:
                raise KeyError(f"there is no plan of this name; there are {', '.join(world.contracts.limits.plans)}")
            world.configure(plan=plan)

    def _keys_of(self, world: World, roles: frozenset[str] | None) -> dict[str, str]:
        used = {take.key for take in self._calls.calls if take.key}
        if used - {key.key_id for key in self._keys}:
            raise ValueError("a key was issued after the recording began: issue keys first, then record()")
        given = [key if roles is None else replace(key, roles=roles) for key in self._keys]
        return {key.key_id: issue_key_of(self._api.worlds, world, key)[0] for key in given}
