"""The empty scenario: an organisation without customers."""

from __future__ import annotations

from kustomer_sandbox.simulator.world.world import World


def seed(_: World) -> None:
    """Nothing to add."""
