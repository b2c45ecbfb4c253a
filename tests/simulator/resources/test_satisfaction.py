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


def done(client: WorldClient) -> tuple[str, str]:
    """The path of a conversation by text message that is done, and the id of its customer."""
    customer = client.post("/v1/customers", {"name": "Jane"}).data["id"]
    message = {"channel": "sms", "app": "twilio", "direction": "in", "preview": "x"}
    said = client.post(f"/v1/customers/{customer}/messages", message)
    path = f"/v1/conversations/{said.data['relationships']['conversation']['data']['id']}"
    assert client.put(path, {"status": "done"}).status == 200
    return path, customer


def states(client: WorldClient, path: str) -> tuple[Any, Any]:
    """How the survey of a conversation stands by the conversation, and by the response."""
    level = client.get(path).attributes["satisfactionLevel"]
    response = client.get(f"/v1/satisfaction-responses/{level['formResponse']}")
    return level["status"], response.attributes["status"]


@pytest.mark.parametrize("delay", [0, 60])
def test_a_survey_is_sent_some_time_after_a_conversation_is_done(world_client: WorldClient, delay: int) -> None:
    """The first enabled one for its channel; until then it is scheduled."""
    form(world_client, enabled=False)
    form(world_client, enabled=True, channel="chat")
    wanted = form(world_client, enabled=True, delayTime=delay, position=1)
    path, _ = done(world_client)
    if delay:
        world_client.advance(delay - 1)
        assert states(world_client, path) == ("scheduled", "scheduled")
        assert "sentAt" not in world_client.get(path).attributes["satisfactionLevel"]
        world_client.advance(1)
    assert states(world_client, path) == ("offered", "offered")
    level = world_client.get(path).attributes["satisfactionLevel"]
    assert f"{FORMS}/{level['form']}" == wanted
    assert level["sentAt"] == level.get("scheduledFor", level["createdAt"])


@pytest.mark.parametrize("reopened_by", ["a user", "the customer", "nobody, the survey is switched off"])
def test_a_survey_that_is_not_wanted_any_more_is_canceled(world_client: WorldClient, reopened_by: str) -> None:
    """By its time there is nothing to ask about; being done again asks anew."""
    survey = form(world_client, enabled=True, delayTime=60)
    path, _ = done(world_client)
    if reopened_by == "a user":
        world_client.put(path, {"status": "open"})
    elif reopened_by == "the customer":
        world_client.post(f"{path}/messages", {"channel": "sms", "app": "twilio", "direction": "in", "preview": "y"})
    else:
        world_client.put(survey, {"enabled": False})
        world_client.advance(61)
    assert states(world_client, path)[1] == "canceled"
    world_client.advance(61)
    assert states(world_client, path) == ("canceled", "canceled")
    world_client.put(survey, {"enabled": True})
    world_client.put(path, {"status": "open"})
    world_client.put(path, {"status": "done"})
    assert states(world_client, path) == ("scheduled", "scheduled")


@pytest.mark.parametrize(
    ("said", "status"),
    [({"rating": 4}, "rated"), ({"rating": 4, "answers": ["Kind", "Quick"]}, "commented"), ({"read": True}, "offered")],
)
def test_an_answer_is_passed_on_to_the_conversation_and_to_the_customers_average(
    world_client: WorldClient, said: JSON, status: str
) -> None:
    form(world_client, enabled=True)
    path, customer = done(world_client)
    response = world_client.get(path).attributes["satisfactionLevel"]["formResponse"]
    answer = f"/v2.1/chat/satisfaction-responses/{response}"
    assert world_client.put(answer, {"customerId": customer, **said}).status == 200
    assert states(world_client, path) == (status, status)
    level = world_client.get(path).attributes["satisfactionLevel"]
    assert (level.get("rating"), level.get("firstAnswer")) == (said.get("rating"), said.get("answers", [None])[0])
    average = world_client.get(f"/v1/customers/{customer}").attributes["satisfactionLevel"]
    assert average.get("avgRating") == said.get("rating")


def test_an_answer_written_on_the_conversation_is_passed_on_to_its_response(world_client: WorldClient) -> None:
    """The conversation keeps naming the survey and the response that it was asked by."""
    form(world_client, enabled=True)
    path, _ = done(world_client)
    asked = world_client.get(path).attributes["satisfactionLevel"]
    told = {"status": "commented", "createdAt": asked["createdAt"], "rating": 2, "score": 0, "firstAnswer": "Slow"}
    level = world_client.put(path, {"satisfactionLevel": told}).attributes["satisfactionLevel"]
    assert {name: level[name] for name in ("form", "formResponse", *told)} == {
        "form": asked["form"], "formResponse": asked["formResponse"], **told
    }  # fmt: skip
    response = world_client.get(f"/v1/satisfaction-responses/{asked['formResponse']}").attributes
    assert {name: response[name] for name in ("status", "rating", "score", "answers")} == {
        "status": "commented", "rating": 2, "score": 0, "answers": ["Slow"]
    }  # fmt: skip


def test_the_answer_to_an_earlier_survey_leaves_the_latest_alone(world_client: WorldClient) -> None:
    form(world_client, enabled=True)
    path, customer = done(world_client)
    first = world_client.get(path).attributes["satisfactionLevel"]["formResponse"]
    for status in ("open", "done"):
        world_client.put(path, {"status": status})
    world_client.put(f"/v2.1/chat/satisfaction-responses/{first}", {"customerId": customer, "rating": 1})
    assert states(world_client, path) == ("offered", "offered")


def test_an_answer_moves_with_its_conversation_to_another_customer(world_client: WorldClient) -> None:
    form(world_client, enabled=True)
    path, _ = done(world_client)
    other = world_client.post("/v1/customers", {"name": "John"}).data["id"]
    response = world_client.get(path).attributes["satisfactionLevel"]["formResponse"]
    assert world_client.put(path, {"customer": other}).status == 200
    said = {"customerId": other, "rating": 5}
    assert world_client.put(f"/v2.1/chat/satisfaction-responses/{response}", said).status == 200
    assert world_client.get(f"/v1/customers/{other}").attributes["satisfactionLevel"]["avgRating"] == 5


def test_a_customer_shows_its_first_and_its_last_survey(world_client: WorldClient) -> None:
    """As they stand, without what was answered; none where the conversations are another's or gone."""
    form(world_client, enabled=True, delayTime=3600)
    paths, customers = [], []
    for _ in range(3):
        path, customer = done(world_client)
        paths.append(path)
        customers.append(customer)
        if path != paths[0]:
            world_client.put(path, {"customer": customers[0]})
        world_client.advance(60)
    ids = [path.rpartition("/")[2] for path in paths]

    def shown(customer: str = customers[0]) -> tuple[Any, Any]:
        level = world_client.get(f"/v1/customers/{customer}").attributes["satisfactionLevel"]
        return level["firstSatisfaction"], level["lastSatisfaction"]

    assert [(one["conversation"], one["status"]) for one in shown()] == [(ids[0], "scheduled"), (ids[2], "scheduled")]
    assert shown(customers[2]) == ({"sentByTeams": []}, {"sentByTeams": []})
    world_client.advance(3600 - 180)
    assert [(one["status"], "sentAt" in one) for one in shown()] == [("offered", True), ("scheduled", False)]
    level = world_client.get(paths[0]).attributes["satisfactionLevel"]
    world_client.put(paths[0], {"satisfactionLevel": {"createdAt": level["createdAt"], "status": "rated", "rating": 9}})
    first, last = shown()
    assert (first["status"], "rating" in first) == ("rated", False)
    assert {"form", "formResponse", "channel", "createdAt", "scheduledFor", "sentBy", "sentByTeams"} <= last.keys()
    world_client.delete(paths[2])
    assert [one["conversation"] for one in shown()] == ids[:2]
