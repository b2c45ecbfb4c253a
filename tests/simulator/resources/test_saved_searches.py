"""Saved searches, as the demo world has them: what they find is what a search with their criteria finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.simulator.refused_calls import SEARCH
from tests.world_client import WorldClient, opened

SAVED = "/v1/customers/searches"


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="saved-searches", scenario="demo")) as client:
        yield client


def test_a_saved_search_finds_what_its_criteria_find(demo_client: WorldClient) -> None:
    breached = demo_client.get(SAVED).data[0]
    found = demo_client.post(f"{SAVED}/{breached['id']}/execution", {}, query="page=1&pageSize=3")
    wanted = demo_client.post(SEARCH, breached["attributes"]["data"], query="pageSize=3")
    assert found.data == wanted.data != []
    assert found.json["meta"]["total"] == wanted.json["meta"]["total"]
    assert "included" not in found.json


def test_a_saved_search_is_counted_without_its_records(demo_client: WorldClient) -> None:
    """As the programs do that first ask how many there are."""
    path = f"{SAVED}/{demo_client.get(SAVED).data[0]['id']}/execution"
    counted = demo_client.post(path, {}, query="pageSize=0&trackTotalHits=10000&client-request-id=a1&source=inbox")
    assert (counted.data, counted.json["meta"]["total"] > 0) == ([], True)


def test_a_saved_search_includes_customers_and_what_they_answered(demo_client: WorldClient) -> None:
    path = f"{SAVED}/{demo_client.get(SAVED).data[1]['id']}/execution"
    found = demo_client.post(path, {}, query="include=customers,satisfactionResponse").json
    customers = {record["relationships"]["customer"]["data"]["id"] for record in found["data"]}
    responses = {record["attributes"]["satisfactionLevel"]["formResponse"] for record in found["data"]}
    included = {(record["type"], record["id"]) for record in found["included"]}
    wanted = {("customer", id) for id in customers} | {("satisfaction_response", id) for id in responses}
    assert included == wanted


def test_running_a_saved_search_draws_on_the_searches_of_the_minute(demo_client: WorldClient) -> None:
    path = f"{SAVED}/{demo_client.get(SAVED).data[0]['id']}/execution"
    answers = [demo_client.post(path, {}, query="pageSize=0").status for _ in range(101)]
    assert (answers[:100], answers[100]) == ([200] * 100, 429)
