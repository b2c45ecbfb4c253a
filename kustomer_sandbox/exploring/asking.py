"""How an exploration is asked for: the words of `kustomer.explore`, checked, and an engine for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kustomer_sandbox.exploring.engine import Engine, W
from kustomer_sandbox.exploring.exploration import Exploration
from kustomer_sandbox.exploring.points import FAULTS, Point, known_faults
from kustomer_sandbox.exploring.run import explored
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.shared import SharedApi


def explored_job(
    api: SharedApi,
    world: World,
    job: Callable[[W], object],
    opened: Callable[[SharedApi, World], W],
    *,
    faults: Iterable[str],
    at: tuple[int, str] | None,
    most: int,
    kill: Callable[[], None] | None = None,
) -> Exploration:
    """What is found out about a job, of which `opened` makes what it is given of a fork. Raises `ValueError`."""
    wanted = known_faults([at[1]] if at else list(faults) or list(FAULTS))
    own = explored(api)
    engine = Engine(api=own, world=world, job=job, opened=lambda fork: opened(own, fork), most=most, kill=kill)
    return engine.explore(wanted, Point(*at) if at else None)
