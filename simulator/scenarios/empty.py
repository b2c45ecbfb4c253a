"""The empty scenario: an organisation without customers."""

from __future__ import annotations

from simulator.world import World


def seed(_: World) -> None:
    """Nothing to add."""
