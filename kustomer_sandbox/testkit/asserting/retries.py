"""How a client repeats its calls: what may be said of it, call by call. Nobody knows its reasons but from these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kustomer_sandbox.simulator.world.journal import Journal, JournalEntry
from kustomer_sandbox.testkit.shared import Asked, RecordedResponse

_Same = tuple[Asked, str]
FINAL = frozenset({400, 401, 403, 405, 413, 415, 422})
"""Refusals that the same call meets again, until something else has changed."""

_ROUNDING = 1
"""Seconds: the instant at which budget is back is told in whole ones."""

Calls = Iterable[tuple[RecordedResponse, JournalEntry]]
"""The calls of one client in their order, each with its entry in the journal."""


def calls_of(journal: Journal, responses: Iterable[RecordedResponse]) -> list[tuple[RecordedResponse, JournalEntry]]:
    """The calls that the journal still knows; one without a key of the world is nobody's."""
    entries = {entry.seq: entry for entry in journal.entries}
    known: dict[int, RecordedResponse] = {}
    for response in responses:
        known.setdefault(response.seq, response)
    return [(response, entries[seq]) for seq, response in known.items() if seq in entries]


def named(entry: JournalEntry) -> str:
    """What was asked for: `CreateCustomer`, or the method where the API has no such operation."""
    return entry.operation or entry.method


def too_early(calls: Calls) -> Iterator[str]:
    """Calls that were refused with a 429 and made again before their budget was back."""
    waits: dict[_Same, float] = {}
    for number, (call, entry) in enumerate(calls, 1):
        same = call.asked, call.authorization
        early = waits.get(same, 0) - call.at
        if early > _ROUNDING:
            yield f"{named(entry)} was made again at call {number}, {early:.0f} s before its budget was back"
        waits[same] = call.back_at


def refusal_repeated(calls: Calls) -> Iterator[str]:
    """Calls that were refused for good and made again, while nothing had changed."""
    refused: dict[_Same, int] = {}
    for number, (call, entry) in enumerate(calls, 1):
        same = call.asked, call.authorization
        if same in refused:
            yield f"{named(entry)} was refused with {refused[same]} and made again at call {number}"
        if entry.changes:
            refused.clear()
        refused.pop(same, None)
        if call.status in FINAL:
            refused[same] = call.status


RULES: tuple[Callable[[Calls], Iterator[str]], ...] = (too_early, refusal_repeated)
