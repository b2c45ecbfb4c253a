"""The two search operations: pages, ids, masks, the divide between search and archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from kustomer_sandbox.simulator.values.record import JSON, Record
from kustomer_sandbox.simulator.world.world import World
from tests.simulator.search.changing import EVERYTHING, NOTHING, columns_above

PATH = "/v1/customers/search"
ARCHIVE = "/v1/customers/archive/search"
NOW = "2026-06-09T12:00:00.000Z"


class Answer(Protocol):
    status: int
    json: Any
    data: Any
    errors: list[dict[str, Any]]


class Client(Protocol):
    world: World

    def post(self, path: str, body: JSON = None, **options: JSON) -> Answer: ...
    def new_key(self, *roles: str, read_sensitive: bool = False) -> str: ...


def stock(client: Client, kind: str, id: int, **attributes: JSON) -> Record:
    """A stored record with a readable id."""
    facts = {"displayName": "x", "createdAt": NOW, "updatedAt": NOW, "rev": 1, **attributes}
    return client.world.records.insert({"id": f"{id:024x}", "type": kind, "attributes": facts, "relationships": {}})


def customers(**body: JSON) -> dict[str, JSON]:
    """A search for customers."""
    return {"queryContext": "customer", **body}


def names(answer: Answer) -> list[str]:
    return [found["attributes"]["name"] for found in answer.data]


@pytest.fixture(autouse=True, params=[EVERYTHING, NOTHING], ids=["one by one", "by columns"])
def _evaluated(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test asks twice: records are looked at one by one, and columns are made of the few that there are."""
    with columns_above(request.param):
        yield


def test_a_page_carries_totals_links_and_aggregations(world_client: Client) -> None:
    """The envelope of the documented answer, for the middle one of three pages."""
    for number in range(5):
        stock(world_client, "customer", number, name=f"C{number}")
    body = {
        "queryContext": "customer",
        "sort": {"customer_name": "asc"},
        "aggs": {"n": {"value_count": {"field": "customer_name"}}},
    }
    answer = world_client.post(PATH, body, query="page=2&pageSize=2")
    assert answer.status == 200
    assert names(answer) == ["C2", "C3"]
    assert answer.json["meta"] == {
        "pageSize": 2,
        "page": 2,
        "total": 5,
        "totalPages": 3,
        "aggregations": {"n": {"value": 5}},
    }
    assert answer.json["links"] == {
        "self": f"{PATH}?page=2&pageSize=2",
        "first": f"{PATH}?page=1&pageSize=2",
        "prev": f"{PATH}?page=1&pageSize=2",
        "next": f"{PATH}?page=3&pageSize=2",
        "last": f"{PATH}?page=3&pageSize=2",
    }


def test_ids_only_answers_with_ids_on_the_same_pages(world_client: Client) -> None:
    """Nothing but type and id leaves, so no value can be masked or leak."""
    for number in range(3):
        stock(world_client, "customer", number, name=f"C{number}")
    answer = world_client.post(PATH, customers(sort={"customer_name": "desc"}), query="idsOnly=true&pageSize=2")
    assert answer.json == {
        "meta": {"pageSize": 2, "page": 1, "total": 3, "totalPages": 2, "aggregations": {}},
        "data": [{"type": "customer", "id": f"{2:024x}"}, {"type": "customer", "id": f"{1:024x}"}],
        "links": {
            "self": f"{PATH}?idsOnly=true&page=1&pageSize=2",
            "first": f"{PATH}?idsOnly=true&page=1&pageSize=2",
            "prev": None,
            "next": f"{PATH}?idsOnly=true&page=2&pageSize=2",
            "last": f"{PATH}?idsOnly=true&page=2&pageSize=2",
        },
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [("page=100", 200), ("page=101", 400), ("page=20&pageSize=500", 200), ("page=21&pageSize=500", 400)],
)
def test_a_search_ends_at_page_100_and_at_10000_results(world_client: Client, query: str, status: int) -> None:
    """Both bounds are published; whichever comes first ends the walk."""
    assert world_client.post(PATH, customers(), query=query).status == status


def test_a_page_size_above_500_is_lowered(world_client: Client) -> None:
    """The largest page is published, what more of it answers is not."""
    assert world_client.post(PATH, customers(), query="pageSize=501").json["meta"]["pageSize"] == 500


def test_every_record_is_on_exactly_one_page_whatever_the_criterion(world_client: Client) -> None:
    """An indexed criterion, a scan and an index that keeps case find the same records."""
    for number in range(7):
        stock(
            world_client,
            "customer",
            number,
            emails=[{"email": f"C{number}@x.example"}],
            phones=[{"phone": f"+1555{number}"}],
        )
    emails = [f"c{number}@X.example" for number in range(7)]
    criteria = [
        {"customer_email": {"in": emails}},
        {"customer_email": {"contains": "@x.example"}},
        {"customer_phone": {"in": [f"+1555{number}" for number in range(7)]}},
        {"customer_updated_at": {"gte": "2026-06-09"}},
    ]
    for criterion in criteria:
        pages = [
            world_client.post(PATH, customers(**{"and": [criterion]}), query=f"pageSize=3&page={n}").data
            for n in (1, 2, 3)
        ]
        assert [found["id"] for page in pages for found in page] == [f"{number:024x}" for number in range(7)]


def test_a_tag_is_found_by_id_and_by_name(world_client: Client) -> None:
    """Ids are what the API documents; agents start from names, so an exact name is taken too."""
    tag = stock(world_client, "tag", 100, name="Urgent")
    stock(world_client, "customer", 1, name="Ann", tags=[tag["id"]])
    stock(world_client, "customer", 2, name="Bob", tags=[])
    by = [{"customer_tags": {"equals": value}} for value in (tag["id"], "Urgent")]
    assert [names(world_client.post(PATH, customers(**{"and": [criterion]}))) for criterion in by] == [["Ann"], ["Ann"]]


def test_an_unknown_tag_name_is_refused_with_the_way_to_the_names(world_client: Client) -> None:
    """Finding nothing would look like an answer."""
    refused = world_client.post(PATH, customers(**{"and": [{"customer_tags": {"equals": "Urgnet"}}]}))
    assert (refused.status, refused.errors[0]["source"]) == (400, {"pointer": "/and/0/customer_tags/equals"})
    assert "GET /v1/tags" in refused.errors[0]["message"]


def test_tombstones_are_found_with_include_deleted_even_by_an_indexed_criterion(world_client: Client) -> None:
    """Tombstones stand in no ordinary index, so the short way must not miss them."""
    kept = stock(world_client, "customer", 1, name="Ann", tags=["a" * 24])
    world_client.world.records.update({**kept, "deleted": True})
    body = customers(**{"and": [{"customer_tags": {"equals": "a" * 24}}]})
    assert names(world_client.post(PATH, body)) == []
    assert names(world_client.post(PATH, {**body, "includeDeleted": True})) == ["Ann"]


def test_search_and_archive_divide_the_records(world_client: Client) -> None:
    """What was last updated more than two years ago is in the archive alone."""
    stock(world_client, "customer", 1, name="New", updatedAt="2024-06-09T12:00:00.000Z")
    stock(world_client, "customer", 2, name="Old", updatedAt="2024-06-09T11:59:59.999Z")
    assert [names(world_client.post(path, customers())) for path in (PATH, ARCHIVE)] == [["New"], ["Old"]]


@pytest.fixture
def masked(world_client: Client) -> Client:
    """A world in which customers' names are sensitive."""
    properties = {"standardProperties": {"name": {"sensitive": True}}, "properties": {}}
    world_client.world.records.insert(
        {"id": "customer", "type": "metadata", "attributes": properties, "relationships": {}}
    )
    world_client.world.forget_masked_paths()
    stock(world_client, "customer", 1, name="Ann", gender="f")
    return world_client


def test_results_are_masked_though_criteria_match_the_real_value(masked: Client) -> None:
    """Search is a read like any other; finding somebody by name must not print the name."""
    answer = masked.post(PATH, customers(**{"and": [{"customer_name": {"equals": "Ann"}}]}))
    assert names(answer) == ["***"]


def test_a_masked_attribute_cannot_be_aggregated(masked: Client) -> None:
    """An aggregation shows values themselves; it would undo the mask for everybody at once."""
    body = {"queryContext": "customer", "aggs": {"names": {"terms": {"field": "customer_name"}}}}
    refused = masked.post(PATH, body)
    assert (refused.status, refused.errors[0]["source"]) == (400, {"pointer": "/aggs/names"})
    sighted = masked.post(PATH, body, key=masked.new_key("org", read_sensitive=True))
    assert sighted.json["meta"]["aggregations"] == {"names": {"buckets": [{"key": "Ann", "doc_count": 1}]}}
    open_body = {"queryContext": "customer", "aggs": {"g": {"terms": {"field": "customer_gender"}}}}
    assert masked.post(PATH, open_body).json["meta"]["aggregations"] == {
        "g": {"buckets": [{"key": "f", "doc_count": 1}]}
    }


def test_a_search_needs_a_search_role(world_client: Client) -> None:
    """Reading customers is not enough."""
    key = world_client.new_key("org.user.customer.read")
    assert world_client.post(PATH, customers(), key=key).status == 403


@pytest.mark.parametrize(("path", "last"), [(PATH, "work_item"), (ARCHIVE, "company")])
def test_a_search_without_a_context_is_refused_with_the_contexts_there_are(
    world_client: Client, path: str, last: str
) -> None:
    """The concepts page of 2026 asks for it; what may be given stands in the refusal."""
    bodies: tuple[dict[str, JSON], ...] = ({}, {"sort": {}})
    for body in bodies:
        refused = world_client.post(path, body)
        assert (refused.status, refused.errors[0]["source"]) == (400, {"pointer": "/queryContext"})
        assert {"customer", "conversation", "kobject_<klass>", last} <= set(
            re.split(r"[ ,.]+", refused.errors[0]["message"])
        )
    assert world_client.post(path).status == 400


def test_an_empty_text_is_a_value_like_any_other(world_client: Client) -> None:
    """It is answered, whatever the attribute's words are; only an empty text equals it."""
    stock(world_client, "customer", 1, name="", gender="f")
    stock(world_client, "customer", 2, name="Ann", gender="m")
    for criterion, found in (
        ({"customer_name": {"equals": ""}}, [""]),
        ({"customer_name": {"contains": ""}}, ["", "Ann"]),
        ({"customer_gender": {"equals": ""}}, []),
        ({"customer_tags": {"in": [""]}}, []),
        ({"message_body": {"contains": ""}}, []),
    ):
        assert sorted(names(world_client.post(PATH, customers(**{"and": [criterion]})))) == found
