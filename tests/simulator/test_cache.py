"""Answers made once and kept must never be shown to a reader, or at a time, they were not made for."""

from __future__ import annotations

import pytest

from kustomer_sandbox.simulator.records import cache
from tests.world_client import WorldClient

PHONE, OTHER = "+15555550177", "+15555550178"


def customer(client: WorldClient, phone: str = PHONE) -> str:
    """The path of a customer whose phone is sensitive."""
    client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    return f"/v1/customers/{client.post('/v1/customers', {'phones': [{'phone': phone}]}).data['id']}"


def phone(client: WorldClient, path: str, **options: str) -> str:
    shown: str = client.get(path, **options).attributes["phones"][0]["phone"]
    return shown


def test_a_reader_with_the_right_and_one_without_see_their_own_forms(world_client: WorldClient) -> None:
    """The same stored bytes look different to different keys."""
    path = customer(world_client)
    clear = world_client.new_key("org", read_sensitive=True)
    assert [phone(world_client, path), phone(world_client, path, key=clear), phone(world_client, path)] == [
        "***",
        PHONE,
        "***",
    ]


def test_a_list_shows_what_each_reader_may_see_of_the_same_bytes(world_client: WorldClient) -> None:
    """Lists and single records share their forms, and the window of one customer is nothing to another."""
    paths = [customer(world_client, number) for number in (PHONE, OTHER)]
    ids = [path.rpartition("/")[2] for path in paths]
    clear = world_client.new_key("org", read_sensitive=True)

    def phones(**options: str) -> list[str]:
        found = {item["id"]: item for item in world_client.get("/v1/customers", query="pageSize=100", **options).data}
        return [found[id]["attributes"]["phones"][0]["phone"] for id in ids]

    seen = [phones(), phones(key=clear), phones()]
    world_client.post(f"{paths[1]}/unmasking-windows")
    assert [*seen, phones(), phone(world_client, paths[1])] == [
        ["***", "***"], [PHONE, OTHER], ["***", "***"], ["***", OTHER], OTHER,
    ]  # fmt: skip


def test_a_window_and_its_end_change_what_is_shown_of_unchanged_bytes(world_client: WorldClient) -> None:
    """Nothing of the record changes when a window opens, or ends by itself."""
    path = customer(world_client)
    before = phone(world_client, path)
    world_client.post(f"{path}/unmasking-windows")
    inside = phone(world_client, path)
    world_client.advance(24 * 3600)
    assert [before, inside, phone(world_client, path)] == ["***", PHONE, "***"]
    assert "endDate" not in world_client.get(path).attributes["unmaskingWindow"]


def test_a_flag_set_later_masks_what_was_shown_before(world_client: WorldClient) -> None:
    """The metadata decides at each reading."""
    path = f"/v1/customers/{world_client.post('/v1/customers', {'phones': [{'phone': PHONE}]}).data['id']}"
    before = phone(world_client, path)
    world_client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    assert [before, phone(world_client, path)] == [PHONE, "***"]


def test_the_style_of_masks_can_change(world_client: WorldClient) -> None:
    """A kept form belongs to the organisation's setting at that time."""
    path = customer(world_client)
    phone(world_client, path)
    world_client.world.configure(plan="ultimate", masking="object")
    assert world_client.get(path).attributes["phones"][0]["phone"]["isMasked"] is True


def test_a_full_memory_forgets_and_goes_on(world_client: WorldClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded, whatever is read."""
    monkeypatch.setattr(cache, "CAPACITY", 2)
    paths = [customer(world_client)]
    paths += [f"/v1/customers/{world_client.post('/v1/customers', {'name': str(n)}).data['id']}" for n in range(5)]
    first = [world_client.get(path).json for path in paths]
    assert [world_client.get(path).json for path in paths] == first
    assert len(world_client.world.cache._forms) <= 2  # noqa: SLF001 - the bound itself is the promise
