"""Service level agreements as the demo world has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.simulator.refused_calls import SEARCH
from tests.world_client import WorldClient, opened


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="slas", scenario="demo")) as client:
        yield client


def test_a_breached_conversation_leads_to_its_agreement_and_the_version_that_held(demo_client: WorldClient) -> None:
    """What was promised can be looked up where it was not kept."""
    found = demo_client.post(
        SEARCH, {"queryContext": "conversation", "and": [{"conversation_sla_breached": {"equals": True}}]}
    )
    conversation = found.data[0]
    shown, related = conversation["attributes"]["sla"], conversation["relationships"]
    answer = demo_client.get(related["sla"]["links"]["self"], "versions=active")
    (version,) = answer.json["included"]
    assert version["id"] == related["slaVersion"]["data"]["id"]
    assert (version["attributes"]["name"], version["attributes"]["version"]) == (shown["name"], shown["version"])
    assert version["relationships"]["sla"]["data"]["id"] == answer.data["id"]


def test_the_demos_agreements_are_kept_and_breached_by_the_rule_for_all_conversations(demo_client: WorldClient) -> None:
    """Few were breached; who waits while the clock moves on is answered too late like anybody else."""

    def breached() -> int:
        criteria = [{"conversation_sla_breached": {"equals": True}}]
        found = demo_client.post(SEARCH, {"queryContext": "conversation", "and": criteria}, query="pageSize=500")
        return len(found.data)

    before = breached()
    assert 5 <= before <= 15
    demo_client.advance(24 * 3600)
    assert breached() > before


@pytest.mark.parametrize(("query", "numbers"), [("versions=all", [1, 2, 3]), ("versions=active", [3]), ("", None)])
def test_versions_are_included_where_they_are_asked_for(
    demo_client: WorldClient, query: str, numbers: list[int] | None
) -> None:
    """Both by id and in the list, where each agreement's stand together."""
    listed = demo_client.get("/v1/slas", query).json
    first = listed["data"][0]
    answer = demo_client.get(f"/v1/slas/{first['id']}", query).json
    included = answer.get("included")
    assert (included and [version["attributes"]["version"] for version in included]) == numbers
    assert listed.get("included", [])[: len(included or [])] == (included or [])
    assert len(first["relationships"]["versions"]["data"]) == first["attributes"]["currentVersion"]
