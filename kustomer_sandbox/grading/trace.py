"""What an agent did: the journal of its world, with what was asked and how much was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.journal import JournalEntry
from kustomer_sandbox.simulator.world.journal_summary import WHEN
from kustomer_sandbox.simulator.world.recording import GradedCall
from kustomer_sandbox.simulator.world.world import World

CHARACTERS_A_TOKEN = 4
"""Tokens are estimated, so that a verdict is the same everywhere."""
_OK = range(200, 300)
_ORDERED = frozenset({"bulk", "draft-send"})
_BY_ITSELF = frozenset({"DUE", WHEN})

CallFilter = Mapping[str, JSON]
"""Which calls are meant, as criteria say it; see `criteria/words.py`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedCall:
    """One entry of the journal, with the call itself where it is known."""

    entry: JournalEntry
    graded: GradedCall | None = None

    @property
    def seq(self) -> int:
        return self.entry.seq

    @property
    def is_the_agents(self) -> bool:
        """Whether somebody called; what happened by itself, or was tied to a call, is not."""
        return self.entry.method not in _BY_ITSELF

    @property
    def is_the_agents_doing(self) -> bool:
        """Whether the agent called, or what it has ordered was done: the items of a bulk job, a draft that was sent."""
        return self.is_the_agents or self.entry.path in _ORDERED

    @property
    def has_succeeded(self) -> bool:
        return self.entry.status in _OK

    @property
    def body(self) -> JSON:
        """The JSON that was sent; None if there was none, or it is not known."""
        if self.graded is None or not self.graded.request.body:
            return None
        try:
            return orjson.loads(self.graded.request.body)
        except orjson.JSONDecodeError:
            return None

    def fits(self, wanted: CallFilter) -> bool:
        """Whether it is one of the calls that are meant; only a success unless a status is named."""
        status = wanted.get("status", "2xx")
        return _has_status(self.entry.status, status) and self.is_of(wanted)

    def is_of(self, wanted: CallFilter) -> bool:
        """Whether it is such a call, whatever came of it."""
        entry = self.entry
        return (
            entry.operation in _words(wanted, "operation", entry.operation)
            and entry.tool in _words(wanted, "tool", entry.tool)
            and entry.method in _words(wanted, "method", entry.method if self.is_the_agents else "")
            and entry.channel in _words(wanted, "channel", entry.channel)
            and ("about" not in wanted or self.is_about(wanted["about"]))
        )

    def is_about(self, id: str) -> bool:
        """Whether a record's id stands in its path, or is that of its answer, its customer or what it changed."""
        entry = self.entry
        return (
            entry.customer == id
            or id in entry.path
            or entry.record.endswith(f"/{id}")
            or any(change.record.endswith(f"/{id}") for change in entry.changes)
            or (self.graded is not None and id in f"{self.graded.request.path}?{self.graded.request.query}")
        )

    def text(self) -> str:
        """It in one line: `#3 PUT /v1/customers/6a… -> 200 UpdateCustomer by update_a_kustomer_customer_by_id`.

        A verdict has no words that depend on where it was run, as those of a refusal may.
        """
        entry = self.entry
        named = "".join(f" {text}" for text in (entry.operation, entry.channel and f"[{entry.channel}]") if text)
        return f"#{entry.seq} {entry.method} {entry.path} -> {entry.status}{named}{entry.tool and f' by {entry.tool}'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Everything that happened, oldest first. One that is not `whole` lacks its beginning.

    The journal forgets old calls, and a process that goes on with a kept world knows what was sent since its own start.
    """

    calls: tuple[TracedCall, ...]
    whole: bool = True

    def agents(self) -> Iterator[TracedCall]:
        """The agent's own calls."""
        return (call for call in self.calls if call.is_the_agents)

    def find(self, wanted: CallFilter) -> list[TracedCall]:
        """The successful calls that are meant, or those of the status that is named."""
        return [call for call in self.calls if call.fits(wanted)]

    def tokens(self) -> int:
        """About how many tokens the answers have."""
        return sum(call.graded.characters for call in self.calls if call.graded) // CHARACTERS_A_TOKEN


def trace_of(world: World) -> Trace:
    """What has happened in a world so far."""
    graded_calls = {call.seq: call for call in world.graded_calls.up_to(world.journal.total)}
    entries = world.journal.entries
    calls = tuple(TracedCall(entry=entry, graded=graded_calls.get(entry.seq)) for entry in entries)
    is_known = all(call.graded is not None for call in calls if call.is_the_agents)
    return Trace(calls=calls, whole=is_known and len(entries) == world.journal.total)


def _words(wanted: CallFilter, name: str, otherwise: str) -> tuple[str, ...]:
    value = wanted.get(name, otherwise)
    return tuple(value) if isinstance(value, list) else (value,)


def _has_status(status: int, wanted: JSON) -> bool:
    return str(status) == str(wanted) or (str(wanted).endswith("xx") and str(status)[0] == str(wanted)[0])
