"""Jobs that fall due in a world: planned in its store, run in order of their time, journalled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypedDict

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
    kind, at, ref = job["kind"], job["at"], job["ref"]
    entry = JournalEntry(at=at, method="DUE", path=kind, operation="", status=204, key="system")
    return happened(store, entry, f"the job {kind}", lambda: _told(run(kind, parse(at), ref)))


def _told(done: JobDone) -> dict[str, Any]:
    notes, of_record = done.notes, {} if done.record is None else {"status": 200, **journal_fields(done.record)}
    told = {"changes": done.changes.told(), "trace": tuple(notes.trace), "tool": notes.tool, "call": notes.call}
    return {**told, **of_record, "customer": of_record.get("customer") or notes.customer}


def happened(store: Store, entry: JournalEntry, what: str, do: Callable[[], Mapping[str, Any]]) -> JournalEntry:
    """What the journal says of something that the world does of itself: the entry, with what doing it tells.

    It is done whole or not at all. What fails is told as a fault: whoever happens to call is not to blame.
    """
    try:
        with store.transaction():
            return replace(entry, **do())
    except Exception as unexpected:  # noqa: BLE001 - as in the gate
        fault = place_of(unexpected)
        logger.error("unexpected fault in %s: %s", what, fault)  # noqa: TRY400 - as in the gate
        return replace(entry, status=500, fault=fault)
