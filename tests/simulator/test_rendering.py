"""How a record looks: the same from the cache as made afresh, and dependent on nothing that a cache cannot know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.operations.registry import BindingError, presents
from kustomer_sandbox.simulator.records.masking import masked_paths
from kustomer_sandbox.simulator.request.rendering import Appearance, draw
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.values.unmasking import UnmaskingWindow
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"


def wants_the_time(record: Record, window: UnmaskingWindow | None, now: datetime) -> None:
    """What must not be: a cached document would go on showing this instant."""


def wants_the_time_by_default(record: Record, window: UnmaskingWindow | None, now: object = None) -> None:
    """As before, hidden in a default."""


def wants_a_context(context: object, record: Record) -> None:
    """As presenters were once: a context holds the time and the reader."""


def wants_anything(*given: object, **named: object) -> None:
    """As before, without saying what."""


@pytest.mark.parametrize(
    ("presenter", "asked"),
    [
        (wants_the_time, "now: 'datetime'"),
        (wants_the_time_by_default, "now: 'object' = None"),
        (wants_a_context, "context: 'object'"),
        (wants_anything, "**named: 'object'"),
    ],
)
def test_a_presenter_that_wants_more_than_record_and_window_is_refused(
    presenter: Callable[..., None], asked: str
) -> None:
    """What it could show of time or reader would be shown from the cache to others, later."""
    with pytest.raises(BindingError) as refusal:
        presents("customer")(presenter)
    assert f"{__name__}.{presenter.__name__}: a presenter takes (record, window), not (" in str(refusal.value)
    assert asked in str(refusal.value)


def test_what_a_presenter_shows_is_masked_like_what_is_stored(contracts: Contracts) -> None:
    """Masks are put last: a value must not come back by way of what is worked out of others."""

    def names_them(record: Record, _: UnmaskingWindow | None) -> None:
        record["attributes"]["name"] = "Jane Doe"

    record: Record = {"type": "customer", "id": "1", "attributes": {}, "relationships": {}}
    look = Appearance("org", masked_paths((("name",),)), "stars", names_them, None)
    (customers,) = (resource for resource in contracts.resources.values() if resource.type == "customer")
    shown = draw(record, look, customers)
    assert isinstance(shown, dict)
    assert shown["attributes"] == {"name": "***"}


def looks(client: WorldClient, id: str, key: str) -> list[Any]:
    """One customer as it looks read alone, read again from the cache, and in a list."""
    alone = [client.get(f"{CUSTOMERS}/{id}", key=key).data for _ in range(2)]
    (listed,) = (item for item in client.get(CUSTOMERS, key=key).data if item["id"] == id)
    return [*alone, listed]


def test_a_record_looks_the_same_cached_and_made_afresh_to_every_reader_at_every_time(
    world_client: WorldClient,
) -> None:
    """One function decides who sees masks; were there two, they would differ some day."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    id = world_client.post(CUSTOMERS, {"phones": [{"phone": "+15555550177"}]}).data["id"]
    keys = {False: world_client.key, True: world_client.new_key("org", read_sensitive=True)}
    masked: list[bool] = []

    def every_way_agrees() -> None:
        for may_read, key in keys.items():
            first, *others = looks(world_client, id, key)
            assert others == [first] * len(others)
            if not may_read:
                masked.append(first["attributes"]["phones"][0]["phone"] == "***")

    every_way_agrees()
    world_client.post(f"{CUSTOMERS}/{id}/unmasking-windows")
    every_way_agrees()
    world_client.advance(world_client.world.windows.duration.total_seconds() - 1)
    every_way_agrees()
    world_client.advance(1)
    every_way_agrees()
    assert masked == [True, False, False, True]


def test_masks_are_counted_the_same_cached_and_made_afresh(world_client: WorldClient) -> None:
    """The journal says what a reader was shown, wherever the document came from."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    id = world_client.post(CUSTOMERS, {"phones": [{"phone": "+15555550177"}]}).data["id"]
    before = world_client.world.journal.total
    looks(world_client, id, world_client.key)
    entries = world_client.world.journal.find(since=before)
    assert [entry.trace[-1] for entry in entries] == [("masks", "applied", ("customer",), (1,))] * 3
