"""How records look to one reader at one instant: computed attributes, then masks. The same for a cached document.

Whether a reader sees masks is decided in `appearance_to` and nowhere else. What it gives says all that a record's
look depends on, so it is the cache's key, and what draws a record is given nothing that it does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from kustomer_sandbox.contracts.model import Resource
from kustomer_sandbox.simulator.operations.registry import Presenter
from kustomer_sandbox.simulator.records import masking
from kustomer_sandbox.simulator.records.masking import MaskedPaths, Style
from kustomer_sandbox.simulator.records.records import encoded
from kustomer_sandbox.simulator.request import envelope
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.values.outcome import Page, Single, StoredRecord
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
        x.unit.windows_of(_owners(x, presenters, outcome.records))  # in one read
        x.data = [render(x, presenters, record) for record in outcome.records]
        x.included = _rendered(x, presenters, outcome.included)


def _rendered(
    x: RequestContext, presenters: Mapping[str, Presenter], records: Sequence[Record] | None
) -> list[JSON] | None:
    return None if records is None else [render(x, presenters, record) for record in records]


def render(x: RequestContext, presenters: Mapping[str, Presenter], record: Record) -> JSON:
    """A record as a resource object; the record is written into."""
    appearance = appearance_of(x, presenters, record)
    return draw(record, appearance, x.world.records.resource(record["type"]))


def render_cached(x: RequestContext, presenters: Mapping[str, Presenter], outcome: StoredRecord) -> bytes:
    """The document of a record as it is stored, made once for each way it can look."""
    record, cache = outcome.record, x.world.cache
    appearance = appearance_of(x, presenters, record)
    rendered = cache.rendered(outcome.data, appearance)
    if rendered is None:
        fresh: Record = orjson.loads(outcome.data)  # `outcome.record` is shared, and drawing writes into it
        data = draw(fresh, appearance, x.world.records.resource(record["type"]))
        rendered = cache.put(outcome.data, appearance, encoded(envelope.single_document(data)))
    return rendered


def appearance_of(x: RequestContext, presenters: Mapping[str, Presenter], record: Record) -> Appearance:
    """How this reader sees this record now, counted in `x.masked` if with masks.

    It is masked while its owner's window is not open, and always if it has no owner that could have one.
    """
    kind = record["type"]
    found = appearance_to(
        x.world,
        presenters.get(kind),
        record,
        x.unit.window_of,
        x.now,
        sees_all=x.principal.read_sensitive,
        reader=x.principal.user_id,
    )
    if found.masked is not None:
        x.masked[kind] = x.masked.get(kind, 0) + 1
    return found


def appearance_to(
    world: World,
    presenter: Presenter | None,
    record: Record,
    window_of: Callable[[str], bytes | None],
    now: datetime,
    *,
    sees_all: bool,
    reader: str = "",
) -> Appearance:
    """The same for a reader who sees all, or one who sees what masks leave; `window_of` gives a customer's window.

    `reader` is a user's id, empty where nobody knows who will read.
    """
    masked = None if sees_all else world.masked_paths(record["type"])
    if masked is not None and not masked.paths:
        masked = None
    # Most types have nothing to mask and nothing to compute: their windows are not even looked up.
    window = None if masked is None and presenter is None else _window(world, record, window_of, now)
    if window is not None and window.is_open_for(reader, world.windows.opens_for):
        is_own = window.stamps.get("requestedBy") == reader
        if is_own or not world.reads("window-opens-for", "requester"):
            masked = None
    return Appearance(world.org, masked, world.masking, presenter, window)


def _window(
    world: World, record: Record, window_of: Callable[[str], bytes | None], now: datetime
) -> UnmaskingWindow | None:
    owner = world.owner(record)
    if owner is None:
        return None
    data = window_of(owner)
    return None if data is None else window_at(data, now)


def _owners(x: RequestContext, presenters: Mapping[str, Presenter], records: Sequence[Record]) -> Iterator[str]:
    """The customers whose windows decide how these records look."""
    for record in records:
        kind = record["type"]
        if kind in presenters or (not x.principal.read_sensitive and x.world.masked_paths(kind).paths):
            owner = x.world.owner(record)
            if owner is not None:
                yield owner


def draw(record: Record, appearance: Appearance, resource: Resource) -> JSON:
    """Pure: the resource object of a record that looks so. Writes into the record."""
    if appearance.presenter is not None:
        appearance.presenter(record, appearance.window)
    if appearance.masked is not None:
        masking.apply(record["attributes"], appearance.masked, appearance.style)
    return envelope.resource_object(record, resource, appearance.org)
