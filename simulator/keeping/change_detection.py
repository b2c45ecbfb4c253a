"""What of a world is compared to tell whether it has changed, beside its rows and the ends of its lists."""

from __future__ import annotations

from operator import attrgetter

from kustomer_sandbox.simulator.keeping.forms import layered_store
from kustomer_sandbox.simulator.keeping.kept_journal import KeptJournal
from kustomer_sandbox.simulator.world.state import OPTIONS
from kustomer_sandbox.simulator.world.world import World

_OPTIONS = attrgetter("org", "org_name", "scenario", *OPTIONS)


def marks_of(world: World) -> tuple[int, ...]:
    """How far the notes of a world's recording have come."""
    return () if world.recording is None else world.recording.notes.marks()


def structure_of(world: World) -> tuple[object, ...]:
    """What a world consists of: where any of it is another one, the world is written whole."""
    journal = world.journal
    return (
        journal.times_cleared if isinstance(journal, KeptJournal) else 0,
        id(world.recording),
        layered_store(world).layer,
        world.ids.seed,
        (world.snapshots.count, *[snapshot.id for snapshot in world.snapshots.all()]),
        world.files.mark,
        world.episode,
    )


def settings_of(world: World) -> tuple[object, ...]:
    """How a world is set, clock, keys and faults included: where any of it differs, it goes along in the next line."""
    return (
        world.clock.mark,
        _OPTIONS(world),
        tuple(world.keys.items()),
        world.faults.all,
    )
