"""Jobs that fall due in a world: planned in its store, run in order of their time, journalled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypedDict

import orjson

from kustomer_sandbox.simulator.records.records import encoded
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.world.attribution import journal_fields
from kustomer_sandbox.simulator.world.journal import (
    ChangeNotes,
    Journal,
    JournalEntry,
    RecordChange,
    Step,
    place_of,
)

JOBS = "due"
"""The store's table of planned jobs."""


@dataclass(slots=True)
class JobNotes:
    """What a job has the journal say of it: the steps it took, and the call that it follows from."""

    trace: list[Step] = field(default_factory=list)
    tool: str = ""
    call: str = ""
    customer: str = ""

    def explain(self, journal: Journal, cause: int) -> None:
        """Take over whom the call with this number acted for, if the journal still has it."""
        found = journal.find(since=cause - 1, limit=1) if cause else []
        if found and found[0].seq == cause:
            self.tool, self.call, self.customer = found[0].tool, found[0].call, found[0].customer


class JobDone(NamedTuple):
    """What a job came to: the record it was about, None if there was nothing to do, what it changed, what it noted."""

    record: Record | None
    changes: ChangeNotes
    notes: JobNotes


RunJob = Callable[[str, datetime, str], JobDone]
"""Runs a job by its kind, instant and `ref`."""

logger = logging.getLogger(__name__)
_instant = lru_cache(maxsize=256)(parse)


class Job(TypedDict):
    """A planned job: its kind, what it is for (`ref`, mostly a record's id), and its instant as text."""

    kind: str
    ref: str
    at: str


def schedule(store: Store, job: Job) -> None:
    """Plan a job; replaces an earlier plan of the same kind for the same `ref`."""
    unschedule(store, job["kind"], job["ref"])
    store.insert(JOBS, f"{job['kind']}:{job['ref']}", encoded(job), {"at": (job["at"],)})


def unschedule(store: Store, kind: str, ref: str) -> None:
    """Forget a job, if it is planned."""
    if store.get(JOBS, f"{kind}:{ref}") is not None:
        store.delete(JOBS, f"{kind}:{ref}")


def run_due(store: Store, journal: Journal, run: RunJob, now: datetime) -> None:
    """Run everything due by `now`, in order of its time. What fails is undone, journalled as a fault and dropped."""
    while (at := store.least(JOBS, "at")) is not None and _instant(str(at)) <= now:
        [row] = store.find(JOBS, "at", at, limit=1)
        job: Job = orjson.loads(row.data)
        store.delete(JOBS, row.id)
        journal.add(_ran(store, run, job))


def _ran(store: Store, run: RunJob, job: Job) -> JournalEntry:
    entry = JournalEntry(at=job["at"], method="DUE", path=job["kind"], operation="", status=204, key="system")
    try:
        with store.transaction():
            done = run(job["kind"], parse(job["at"]), job["ref"])
    except Exception as unexpected:  # noqa: BLE001 - whoever happens to call next is not to blame
        fault = place_of(unexpected)
        logger.error("unexpected fault in the job %s: %s", job["kind"], fault)  # noqa: TRY400 - as in the gate
        return replace(entry, status=500, fault=fault)
    notes, changes = done.notes, tuple(RecordChange(*change) for change in done.changes)
    entry = replace(entry, changes=changes, trace=tuple(notes.trace), tool=notes.tool, call=notes.call)
    entry = entry if done.record is None else replace(entry, status=200, **journal_fields(done.record))
    return replace(entry, customer=entry.customer or notes.customer)
