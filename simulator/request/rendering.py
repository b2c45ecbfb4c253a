"""How records look to one reader at one instant: computed attributes, then masks. The same for a cached document.

Whether a reader sees masks is decided in `appearance_to` and nowhere else. What it gives says all that a record's
look depends on, so it is the cache's key, and what draws a record is given nothing that it does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from kustomer_sandbox.contracts.model import Resource
from kustomer_sandbox.simulator.operations.registry import Presenter
from kustomer_sandbox.simulator.records import masking
from kustomer_sandbox.simulator.records.cache import Subject
from kustomer_sandbox.simulator.records.masking import MaskedPaths, Style
from kustomer_sandbox.simulator.records.records import encoded
from kustomer_sandbox.simulator.request import envelope
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.values.outcome import Page, Single, StoredRecord, StoredRecords
from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.values.unmasking import UnmaskingWindow, window_at
from kustomer_sandbox.simulator.world.world import World


class Appearance(NamedTuple):
    """All that a record's look depends on besides the record: equal ones make the same document of it.

    `masked` are the paths to mask, None where this reader sees every value; `window` is the owner's.
    """

    org: str
    masked: MaskedPaths | None
    style: Style
    presenter: Presenter | None
    window: UnmaskingWindow | None


def render_outcome(x: RequestContext, presenters: Mapping[str, Presenter]) -> None:
    """Fill in what the reader gets to see of the outcome's records; of a stored one, the whole document."""
    outcome = x.outcome
    if isinstance(outcome, StoredRecord):
        x.response_body = render_cached(x, presenters, outcome)
    elif isinstance(outcome, Single):
        x.data = [render(x, presenters, outcome.record)]
        x.included = _rendered(x, presenters, outcome.included)
    elif isinstance(outcome, Page):
        x.data = _rendered_page(x, presenters, outcome.records)
        x.included = _rendered(x, presenters, outcome.included)


def _rendered_page(x: RequestContext, presenters: Mapping[str, Presenter], records: Sequence[Record]) -> list[JSON]:
    """Their windows are looked up in one read; what is stored is drawn once for each way it can look."""
    if not isinstance(records, StoredRecords):
        x.unit.windows_of(_owners(x, presenters, [subject_of(x.world, record) for record in records]))
        return [render(x, presenters, record) for record in records]
    described = [(data, *_described(x.world, data)) for data in records.data]
    x.unit.windows_of(_owners(x, presenters, [subject for _, subject, _ in described]))
    return [
        orjson.Fragment(_drawn_once(x, data, appearance_of(x, presenters, subject), subject.kind, fresh))
        for data, subject, fresh in described
    ]


def _described(world: World, data: bytes) -> tuple[Subject, Record | None]:
    """What a stored record is and whose; with it the record, if it had to be decoded to tell."""
    known = world.cache.subject(data)
    if known is not None:
        return known, None
    record: Record = orjson.loads(data)
    return world.cache.describe(data, subject_of(world, record)), record


def _rendered(
    x: RequestContext, presenters: Mapping[str, Presenter], records: Sequence[Record] | None
) -> list[JSON] | None:
    return None if records is None else [render(x, presenters, record) for record in records]


def render(x: RequestContext, presenters: Mapping[str, Presenter], record: Record) -> JSON:
    """A record as a resource object; the record is written into."""
    appearance = appearance_of(x, presenters, subject_of(x.world, record))
    return draw(record, appearance, x.world.records.resource(record["type"]))


def subject_of(world: World, record: Record) -> Subject:
    """What a record is and whose, as far as its look depends on it."""
    return Subject(record["type"], world.owner(record))


def render_cached(x: RequestContext, presenters: Mapping[str, Presenter], outcome: StoredRecord) -> bytes:
    """The document of a record as it is stored, made once for each way it can look."""
    subject = subject_of(x.world, outcome.record)
    # `outcome.record` is shared, and drawing writes into what it is given.
    return b'{"data":%b}' % _drawn_once(x, outcome.data, appearance_of(x, presenters, subject), subject.kind, None)


def _drawn_once(x: RequestContext, data: bytes, appearance: Appearance, kind: str, fresh: Record | None) -> bytes:
    """The resource object of stored bytes; `fresh` is what they say, if it is known and nobody else reads it."""
    cache = x.world.cache
    rendered = cache.rendered(data, appearance)
    if rendered is None:
        drawn = draw(fresh or orjson.loads(data), appearance, x.world.records.resource(kind))
        rendered = cache.put(data, appearance, encoded(drawn))
    return rendered


def appearance_of(x: RequestContext, presenters: Mapping[str, Presenter], subject: Subject) -> Appearance:
    """How this reader sees such a record now, counted in `x.masked` if with masks.

    It is masked while its owner's window is not open, and always if it has no owner that could have one.
    """
    found = appearance_to(
        x.world,
        presenters.get(subject.kind),
        subject,
        x.unit.window_of,
        x.now,
        sees_all=x.principal.read_sensitive,
        reader=x.principal.user_id,
    )
    if found.masked is not None:
        x.masked[subject.kind] = x.masked.get(subject.kind, 0) + 1
    return found


def appearance_to(
    world: World,
    presenter: Presenter | None,
    subject: Subject,
    window_of: Callable[[str], bytes | None],
    now: datetime,
    *,
    sees_all: bool,
    reader: str = "",
) -> Appearance:
    """The same for a reader who sees all, or one who sees what masks leave; `window_of` gives a customer's window.

    `reader` is a user's id, empty where nobody knows who will read.
    """
    masked = None if sees_all else world.masked_paths(subject.kind)
    if masked is not None and not masked.paths:
        masked = None
    # Most types have nothing to mask and nothing to compute: their windows are not even looked up.
    window = None if masked is None and presenter is None else _window(subject.owner, window_of, now)
    if window is not None and window.is_open_for(reader, world.windows.opens_for):
        is_own = window.stamps.get("requestedBy") == reader
        if is_own or not world.reads("window-opens-for", "requester"):
            masked = None
    return Appearance(world.org, masked, world.masking, presenter, window)


def _window(owner: str | None, window_of: Callable[[str], bytes | None], now: datetime) -> UnmaskingWindow | None:
    if owner is None:
        return None
    data = window_of(owner)
    return None if data is None else window_at(data, now)


def _owners(x: RequestContext, presenters: Mapping[str, Presenter], subjects: Iterable[Subject]) -> Iterator[str]:
    """The customers whose windows decide how such records look."""
    sees = x.principal.read_sensitive
    for kind, owner in subjects:
        if owner is not None and (kind in presenters or (not sees and x.world.masked_paths(kind).paths)):
            yield owner


def draw(record: Record, appearance: Appearance, resource: Resource) -> JSON:
    """Pure: the resource object of a record that looks so. Writes into the record."""
    if appearance.presenter is not None:
        appearance.presenter(record, appearance.window)
    if appearance.masked is not None:
        masking.apply(record["attributes"], appearance.masked, appearance.style)
    return envelope.resource_object(record, resource, appearance.org)
