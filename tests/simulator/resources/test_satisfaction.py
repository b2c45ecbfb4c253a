"""Satisfaction surveys and what customers answered, as the demo world has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.simulator.refused_calls import SEARCH
from tests.world_client import WorldClient, opened

FORMS = "/v1/satisfaction"


@pytest.fixture
def demo_client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="satisfaction", scenario="demo")) as client:
        yield client


def form(client: WorldClient, **facts: JSON) -> str:
    """The path of a new survey, which no call can make."""
    context = system_context(client.world)
    record = new_record(context, "satisfaction_form", {"name": "S", "channel": "sms", **facts})
    return f"{FORMS}/{changes.create(context, record)['id']}"


def test_a_channel_has_at_most_thirty_enabled_surveys(world_client: WorldClient) -> None:
    """Enabling one more is refused, and so is moving an enabled one; what is enabled already may change otherwise."""
    enabled = [form(world_client, enabled=True) for _ in range(30)]
    off, elsewhere = form(world_client), form(world_client, enabled=True, channel="chat")
    for path, body in ((off, {"enabled": True}), (elsewhere, {"channel": "sms"})):
        refused = world_client.put(path, body)
        assert (refused.status, refused.errors[0]["source"]["pointer"]) == (422, f"/{next(iter(body))}")
    assert world_client.put(enabled[0], {"name": "Other", "enabled": True}).status == 200
    assert world_client.put(enabled[0], {"enabled": False}).status == 200
    assert world_client.put(off, {"enabled": True}).status == 200


@pytest.mark.parametrize("clearing", [None, {"and": [], "or": []}, {}])
def test_criteria_that_are_left_out_stay(world_client: WorldClient, clearing: JSON) -> None:
    criteria = {"and": [{"conversation_priority": {"gt": 3}}], "or": []}
    path = form(world_client)
    assert world_client.put(path, {"criteria": criteria}).attributes["criteria"] == criteria
    assert world_client.put(path, {"name": "Renamed"}).attributes["criteria"] == criteria
    assert world_client.put(path, {"criteria": clearing}).attributes["criteria"] == {"and": [], "or": []}


def test_surveys_are_put_in_order(demo_client: WorldClient) -> None:
    first, second, third = [survey["id"] for survey in demo_client.get(FORMS).data]
    assert demo_client.put(f"{FORMS}/order", {"satisfactionForms": [third]}).status == 200
    assert [survey["id"] for survey in demo_client.get(FORMS).data] == [third, first, second]
    assert "position" not in demo_client.get(FORMS).data[0]["attributes"]


def test_a_rated_conversation_leads_to_what_the_customer_answered(demo_client: WorldClient) -> None:
    """The survey and the response that it names are there, and they agree."""
    criteria = [{"conversation_satisfaction_status": {"equals": "commented"}}]
    (found,) = demo_client.post(SEARCH, {"queryContext": "conversation", "and": criteria}).data
    level = found["attributes"]["satisfactionLevel"]
    response = demo_client.get(f"/v1/satisfaction-responses/{level['formResponse']}")
    assert response.attributes["rating"] == level["rating"]
    assert response.data["relationships"]["conversation"]["data"]["id"] == found["id"]
    assert level["form"] in [survey["id"] for survey in demo_client.get(FORMS).data]


def test_averages_of_satisfaction_follow_conversations_that_are_rated_moved_and_deleted(
    world_client: WorldClient,
) -> None:
    """A search by average satisfaction must not find a customer by what is another's or gone."""
    one, other = (world_client.post("/v1/customers", {"name": name}).data["id"] for name in ("Jane", "John"))
    first, second = (world_client.post("/v1/conversations", {"customer": one}).data["id"] for _ in range(2))

    def averages(customer: str) -> tuple[Any, ...]:
        level = world_client.get(f"/v1/customers/{customer}").data["attributes"]["satisfactionLevel"]
        return tuple(level.get(name) for name in ("count", "avgRating", "avgScore"))

    def change(conversation: str, **body: Any) -> None:
        assert world_client.put(f"/v1/conversations/{conversation}", body).status == 200

    at = "2026-06-09T12:00:00.000Z"
    change(first, satisfactionLevel={"status": "rated", "createdAt": at, "rating": 8})
    change(second, satisfactionLevel={"status": "rated", "createdAt": at, "rating": 3, "score": 0})
    assert averages(one) == (2, 5.5, 0)
    change(second, customer=other)
    assert (averages(one), averages(other)) == ((1, 8, None), (1, 3, 0))
    assert world_client.delete(f"/v1/conversations/{first}").status == 204
    assert averages(one) == (None, None, None)


@pytest.mark.parametrize(
    ("delay", "then", "status"), [(0, "done", "offered"), (60, "done", "offered"), (60, "open", None)]
)
def test_a_survey_is_sent_some_time_after_a_conversation_is_done(
    world_client: WorldClient, delay: int, then: str, status: str | None
) -> None:
    """The first enabled one for its channel; not if the conversation is open again by then."""
    form(world_client, enabled=False)
    form(world_client, enabled=True, channel="chat")
    wanted = form(world_client, enabled=True, delayTime=delay, position=1)
    customer = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    message = {"channel": "sms", "app": "twilio", "direction": "in", "preview": "x"}
    said = world_client.post(f"/v1/customers/{customer}/messages", message)
    path = f"/v1/conversations/{said.data['relationships']['conversation']['data']['id']}"
    world_client.put(path, {"status": "done"})
    if delay:
        world_client.advance(delay - 1)
        assert "status" not in world_client.get(path).attributes["satisfactionLevel"]
    world_client.put(path, {"status": then})
    world_client.advance(2)
    level = world_client.get(path).attributes["satisfactionLevel"]
    assert level.get("status") == status
    if status:
        assert f"{FORMS}/{level['form']}" == wanted
        response = world_client.get(f"/v1/satisfaction-responses/{level['formResponse']}")
        assert response.attributes["status"] == status
