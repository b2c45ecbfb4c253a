"""What falls due in a world: planned in its store, fired in order of time, journalled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

import orjson

from simulator.call import Record
from simulator.clock import parse
from simulator.journal import Entry, place_of
from simulator.records import encoded
from simulator.subject import told

if TYPE_CHECKING:
    from simulator.world import World

DUE = "due"
"""The table of planned events."""

DueHandler = Callable[["World", datetime, str], Record | None]
"""Makes an event happen to what its `ref` names; gives the record it happened to, None if there was nothing to do."""

logger = logging.getLogger(__name__)
_instant = lru_cache(maxsize=256)(parse)


class Event(TypedDict):
    """A planned event; `at` is an instant as text."""

    kind: str
    ref: str
    at: str


def schedule(world: World, event: Event) -> None:
    """Plan an event; replaces an earlier plan of the same kind for the same `ref`."""
    unschedule(world, event["kind"], event["ref"])
    world.store.insert(DUE, f"{event['kind']}:{event['ref']}", encoded(event), {"at": (event["at"],)})


def unschedule(world: World, kind: str, ref: str) -> None:
    """Forget an event, if it is planned."""
    if world.store.get(DUE, f"{kind}:{ref}") is not None:
        world.store.delete(DUE, f"{kind}:{ref}")


def settle(world: World, now: datetime) -> None:
    """Fire everything due by `now`, in order of its time. What fails is undone, journalled as a fault and dropped."""
    while (at := world.store.least(DUE, "at")) is not None and _instant(str(at)) <= now:
        [row] = world.store.find(DUE, "at", at, limit=1)
        event: Event = orjson.loads(row.data)
        world.store.delete(DUE, row.id)
        world.journal.add(_fired(world, event))


def _fired(world: World, event: Event) -> Entry:
    entry = Entry(at=event["at"], method="DUE", path=event["kind"], operation="", status=204, key="system")
    try:
        with world.store.transaction():
            record = world.due[event["kind"]](world, parse(event["at"]), event["ref"])
    except Exception as unexpected:  # noqa: BLE001 - whoever happens to call next is not to blame
        fault = place_of(unexpected)
        logger.error("unexpected fault in the due event %s: %s", event["kind"], fault)  # noqa: TRY400 - as in the gate
        return replace(entry, status=500, fault=fault)
    return entry if record is None else replace(entry, status=200, **told(record))
