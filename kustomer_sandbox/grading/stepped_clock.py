"""A world's time that moves between calls and stands still within one: what is done in a call has one instant.

So a run can be made again to the byte, although its agent took the machine's own time. Callers are told that time runs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from kustomer_sandbox.simulator.values.clock import Mode, WorldClock
from kustomer_sandbox.simulator.world.world import World


class SteppedClock(WorldClock):
    """Time as `passed`, the seconds since the beginning, says whenever `step` is called; else it stands."""

    def __init__(self, start: datetime, told: Mode, passed: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(start, "frozen")
        self._told: Mode = told
        self._passed = passed
        self._stepped_at = passed()

    @property
    def mode(self) -> Mode:
        """What callers are told."""
        return self._told

    def run(self, mode: Mode) -> None:
        """Tell another mode from now on."""
        self._told = mode

    def step(self) -> None:
        """Let the time that has passed since the last step pass in the world, unless it is told to stand still."""
        now = self._passed()
        if self._told == "real":
            self.move_to(self.now() + timedelta(seconds=now - self._stepped_at))
        self._stepped_at = now


def give_clock(world: World, clock: SteppedClock) -> None:
    """Have a world go by this clock."""
    world.clock = clock
    world.configure()
