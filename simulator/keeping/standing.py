"""How a world stands: what tells that something of it changed which is neither a row nor the end of a list."""

from __future__ import annotations

from operator import attrgetter

import orjson

from kustomer_sandbox.simulator.keeping.journals import TouchingJournal
from kustomer_sandbox.simulator.store.layers import LayeredStore
from kustomer_sandbox.simulator.store.protocol import Row
from kustomer_sandbox.simulator.store.tables import KeyedRow
from kustomer_sandbox.simulator.world.audit_log import AuditLog
from kustomer_sandbox.simulator.world.state import OPTIONS
from kustomer_sandbox.simulator.world.world import World

_PLAIN = attrgetter("org", "org_name", "scenario", *OPTIONS)


def layered_store(world: World) -> LayeredStore:
    """The store of a kept world. `TypeError` for any other."""
    if not isinstance(world.store, LayeredStore):
        raise TypeError("only worlds with layered stores are kept")
    return world.store


def log_audit(store: LayeredStore, audit: AuditLog) -> None:
    """Have the store keep the lines of the audit log that are new."""
    if audit.total != store.logged:
        for number, row in audit.since(store.logged):
            store.log(number, KeyedRow(Row("", 1, orjson.dumps(row, default=list)), {}))


def marks_of(world: World) -> tuple[int, ...]:
    """How far the notes of a world's recording have come."""
    return () if world.recording is None else world.recording.notes.marks()


def structure_of(world: World) -> tuple[object, ...]:
    """What a world consists of: where any of it is another one, the world is written whole."""
    journal = world.journal
    return (
        journal.times_cleared if isinstance(journal, TouchingJournal) else 0,
        id(world.recording),
        layered_store(world).layer,
        world.ids.seed,
        (world.snapshots.count, *[snapshot.id for snapshot in world.snapshots.all()]),
        world.files.mark,
        world.episode,
    )


def settings_of(world: World) -> tuple[object, ...]:
    """How a world is set: what is neither a record, a counter nor the end of a list, and changes without these."""
    return (
        world.clock.mark,
        _PLAIN(world),
        tuple(world.keys.items()),
        world.faults.all,
    )
