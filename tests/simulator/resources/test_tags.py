"""Tags: written as names or ids, kept and shown as ids, listed with both."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.conversations.tags import tag_id, tag_ids
from tests.world_client import WorldClient


def tagged(client: WorldClient, *tags: str) -> list[str]:
    """The tags a new customer shows when it is written with these."""
    answer = client.post("/v1/customers", {"name": "Jane Doe", "tags": list(tags)})
    assert answer.status == 201
    shown: list[str] = answer.attributes["tags"]
    return shown


def listed(client: WorldClient, query: str = "") -> dict[str, str]:
    """Tag ids by name."""
    return {tag["attributes"]["name"]: tag["id"] for tag in client.get("/v1/tags", query).data}


def test_an_unknown_name_becomes_a_tag_that_the_list_names(world_client: WorldClient) -> None:
    """The list is how an id on a record is turned back into a name."""
    shown = tagged(world_client, "Urgent", "vip")

    assert listed(world_client) == dict(zip(["Urgent", "vip"], shown, strict=True))
    attributes = world_client.get("/v1/tags").data[0]["attributes"]
    assert attributes.keys() == {"name", "color", "deleted", "createdAt", "updatedAt", "modifiedAt"}


def test_the_same_name_in_any_case_is_the_same_tag(world_client: WorldClient) -> None:
    """Otherwise a search by tag would miss what another client has written in another case."""
    assert tagged(world_client, "Urgent") == tagged(world_client, "URGENT")
    assert list(listed(world_client)) == ["Urgent"]


def test_a_tag_given_by_id_is_that_tag(world_client: WorldClient) -> None:
    """Clients write back what they have read, and that is ids."""
    shown = tagged(world_client, "Urgent")

    assert tagged(world_client, *shown) == shown
    assert list(listed(world_client)) == ["Urgent"]


def test_deleted_tags_can_be_listed_apart(world_client: WorldClient) -> None:
    """`deleted` chooses between those in use and those that are not; without it all are listed."""
    tagged(world_client, "Urgent")
    gone = new_record(system_context(world_client.world), "tag", {"name": "Old", "color": "red", "deleted": True})
    world_client.world.records.insert(gone)

    assert list(listed(world_client)) == ["Urgent", "Old"]
    assert list(listed(world_client, "deleted=false")) == ["Urgent"]
    assert list(listed(world_client, "deleted=true")) == ["Old"]


def test_tags_come_in_pages(world_client: WorldClient) -> None:
    """The links lead through all tags once."""
    tagged(world_client, "one", "two", "three")

    first, second = (world_client.get("/v1/tags", f"page={number}&pageSize=2") for number in (1, 2))

    names = [[tag["attributes"]["name"] for tag in page.data] for page in (first, second)]
    assert names == [["one", "two"], ["three"]]
    assert (first.json["links"]["next"], second.json["links"]["next"]) == ("/v1/tags?page=2&pageSize=2", None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.text("abAB", min_size=1, max_size=3), max_size=6))
def test_ids_follow_the_names_without_repeats(world_client: WorldClient, names: list[str]) -> None:
    """One id per name regardless of case, in the order in which names first appear."""
    context = system_context(world_client.world)

    ids = tag_ids(context, names)

    assert len(ids) == len({name.lower() for name in names})
    assert ids == list(dict.fromkeys(tag_id(context, name) for name in names))
    assert tag_ids(context, ids) == ids
