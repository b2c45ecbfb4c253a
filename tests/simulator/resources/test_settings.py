"""What agents pick from: shortcuts, snippets, sub-statuses, choices for snoozing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="settings", scenario="demo")) as client:
        yield client


@pytest.mark.parametrize(
    ("begin", "found"), [("re", ["Refund on its way"]), ("PARCEL", ["Parcel delayed"]), ("way", [])]
)
def test_shortcuts_are_found_by_the_beginning_of_their_name(
    demo_client: WorldClient, begin: str, found: list[str]
) -> None:
    """As a person types it: case does not matter."""
    listed = demo_client.get("/v1/shortcuts", f"name={begin}").data
    assert [shortcut["attributes"]["name"] for shortcut in listed] == found


def test_a_shortcut_leads_to_its_category(demo_client: WorldClient) -> None:
    (refund,) = demo_client.get("/v1/shortcuts", "name=Refund").data
    categories = {one["id"]: one["attributes"]["name"] for one in demo_client.get("/v1/shortcuts/categories").data}
    assert categories[refund["relationships"]["parent"]["data"]["id"]] == "Money"


def test_a_snippet_is_found_by_its_key_and_by_its_id(world_client: WorldClient) -> None:
    made = world_client.post("/v1/snippets", {"key": "sn.org.bye", "values": {"en_us": "Goodbye."}}).data
    assert (
        world_client.get("/v1/snippets/sn.org.bye").data == world_client.get(f"/v1/snippets/{made['id']}").data == made
    )
    assert world_client.get("/v1/snippets/sn.org.hello").status == 404
    assert world_client.post("/v1/snippets", {"key": "sn.org.bye", "values": {}}).status == 409
    assert world_client.post("/v1/snippets", {"key": "sn.kustomer.bye", "values": {}}).status == 400


def test_sub_statuses_are_listed_by_the_type_they_are_for(demo_client: WorldClient) -> None:
    every = demo_client.get("/v1/sub-statuses").data
    of = {
        kind: demo_client.get("/v1/sub-statuses", f"resourceType={kind}").data for kind in ("conversation", "kobject")
    }
    assert (len(every), len(of["conversation"]), len(of["kobject"])) == (3, 2, 1)
    ids = ",".join(one["id"] for one in every)
    assert demo_client.get(f"/v1/sub-statuses/{ids}").data == every


def test_a_conversation_takes_the_sub_statuses_there_are(demo_client: WorldClient) -> None:
    """One that is not there is refused, as any reference is; the one taken is shown and leads to its record."""
    path = f"/v1/conversations/{demo_client.get('/v1/conversations').data[0]['id']}"
    waiting = demo_client.get("/v1/sub-statuses").data[0]
    shown = demo_client.put(path, {"subStatus": waiting["id"]}).data["relationships"]["subStatus"]
    assert demo_client.get(shown["links"]["self"]).data == waiting
    assert demo_client.put(path, {"subStatus": "0123456789abcdef01234567"}).status == 400


def test_snoozes_are_the_choices_of_the_menu(demo_client: WorldClient) -> None:
    """They are no snoozed conversations: deleting one wakes nobody."""
    first = demo_client.get("/v1/snoozes").data[0]
    assert first["attributes"]["type"] == "relative"
    before = demo_client.get("/v1/conversations", "pageSize=500").data
    assert demo_client.delete(f"/v1/snoozes/{first['id']}").status == 204
    assert first["id"] not in [snooze["id"] for snooze in demo_client.get("/v1/snoozes").data]
    assert demo_client.get("/v1/conversations", "pageSize=500").data == before
