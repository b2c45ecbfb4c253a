"""Service level agreements that conversations come under, keep and breach, on the world's clock."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.record import JSON
from tests.simulator.refused_calls import SEARCH
from tests.world_client import WorldClient

HOUR = 3600


def agree(client: WorldClient, *, criteria: JSON = None, by: str = "calendar", **hours: int) -> None:
    """An agreement with these targets in hours, for chats unless said otherwise; no call can make one."""
    context = system_context(client.world)
    times = {
        name: {"enabled": True, "times": dict.fromkeys("12345", count * HOUR * 1000)} for name, count in hours.items()
    }
    facts = {
        "name": "Chats",
        "description": "",
        "version": 2,
        "hours": by,
        "metrics": times,
        "criteria": criteria or {"and": [{"conversation_channel": {"operator": "in", "value": ["chat"]}}]},
    }
    sla = changes.create(context, new_record(context, "sla", {"currentVersion": 2}))
    of = {"sla": {"type": "sla", "id": sla["id"]}}
    changes.create(
        context, new_record(context, "sla_version", {**facts, "version": 1, "name": "Old"}, relationships=of)
    )
    changes.create(context, new_record(context, "sla_version", facts, relationships=of))


def asked(client: WorldClient, *, channel: str = "chat", **fields: JSON) -> str:
    """The path of a conversation in which the customer has just written."""
    customer = client.post("/v1/customers", {"name": "Jane"}).data["id"]
    path = f"/v1/conversations/{client.post('/v1/conversations', {'customer': customer, **fields}).data['id']}"
    say(client, path, "in", channel=channel)
    return path


def customer_of(client: WorldClient, path: str) -> str:
    return str(client.get(path).data["relationships"]["customer"]["data"]["id"])


def say(client: WorldClient, path: str, direction: str, *, channel: str = "chat") -> None:
    answer = client.post(
        f"{path}/messages", {"channel": channel, "app": "chat", "direction": direction, "preview": "x"}
    )
    assert answer.status == 201, answer.json


def sla(client: WorldClient, path: str) -> Any:
    return client.get(path).attributes.get("sla")


def test_a_conversation_comes_under_the_active_version_of_an_agreement_it_meets(world_client: WorldClient) -> None:
    """And shows from when on, and until when it is to be answered; others come under none."""
    agree(world_client, firstResponse=2)
    shown = sla(world_client, path := asked(world_client))
    assert (shown["name"], shown["version"], shown["status"], shown["breached"]) == ("Chats", 2, "pending", False)
    assert set(shown["metrics"]) == {"firstResponse"}
    related = world_client.get(path).data["relationships"]
    assert {"sla", "slaVersion"} <= set(related)
    assert sla(world_client, asked(world_client, channel="sms")) is None


def test_a_target_that_is_not_met_in_time_is_a_breach_that_a_search_finds(world_client: WorldClient) -> None:
    agree(world_client, firstResponse=2)
    path = asked(world_client)
    due = sla(world_client, path)["metrics"]["firstResponse"]["breachAt"]
    world_client.advance(2 * HOUR - 60)
    assert not sla(world_client, path)["breached"]
    world_client.advance(120)
    shown = sla(world_client, path)
    assert shown["breach"] == {"metric": "firstResponse", "at": due}
    assert shown["summary"] == {"firstBreachAt": due}
    criteria = [
        {"conversation_sla_breached": {"equals": True}},
        {"conversation_sla_breach_metric": {"equals": "firstResponse"}},
    ]
    assert len(world_client.post(SEARCH, {"queryContext": "conversation", "and": criteria}).data) == 1


def test_an_answer_in_time_meets_the_target_and_done_satisfies_the_agreement(world_client: WorldClient) -> None:
    agree(world_client, firstResponse=2, longestUnrespondedMessage=2)
    path = asked(world_client)
    world_client.advance(HOUR)
    say(world_client, path, "out")
    met = sla(world_client, path)["metrics"]
    assert all("satisfiedAt" in met[name] for name in ("firstResponse", "longestUnrespondedMessage"))
    world_client.advance(3 * HOUR)
    world_client.put(path, {"status": "done"})
    shown = sla(world_client, path)
    assert (shown["status"], shown["breached"], set(shown["summary"])) == ("done", False, {"satisfiedAt"})


def test_each_unanswered_message_has_its_own_time(world_client: WorldClient) -> None:
    agree(world_client, longestUnrespondedMessage=2)
    path = asked(world_client)
    say(world_client, path, "out")
    world_client.advance(5 * HOUR)
    say(world_client, path, "in")
    assert not sla(world_client, path)["breached"]
    world_client.advance(HOUR)
    say(world_client, path, "in")
    world_client.advance(HOUR + 1)
    assert sla(world_client, path)["breach"]["metric"] == "longestUnrespondedMessage"


@pytest.mark.parametrize("change", [{"status": "done"}, {"status": "snoozed"}])
def test_time_in_which_a_conversation_is_not_open_does_not_count(world_client: WorldClient, change: JSON) -> None:
    """Only what it was open before and after counts towards the target."""
    agree(world_client, totalConversationOpenTime=2)
    path = asked(world_client)
    world_client.advance(HOUR)
    world_client.put(path, change)
    world_client.advance(10 * HOUR)
    assert sla(world_client, path)["status"] != "pending"
    world_client.put(path, {"status": "open"})
    world_client.advance(HOUR - 60)
    assert not sla(world_client, path)["breached"]
    world_client.advance(120)
    assert sla(world_client, path)["breach"]["metric"] == "totalConversationOpenTime"


def test_an_agreement_may_go_by_any_attribute_of_the_conversation(world_client: WorldClient) -> None:
    agree(world_client, criteria={"or": [{"conversation_priority": {"gte": 4}}]}, firstResponse=1)
    assert sla(world_client, asked(world_client, priority=5)) is not None
    assert sla(world_client, asked(world_client, priority=2)) is None
    assert sla(world_client, asked(world_client)) is None


@pytest.mark.parametrize("by", ["name", "id"])
def test_an_agreement_may_go_by_tags_whenever_they_are_set(world_client: WorldClient, by: str) -> None:
    """Criteria name a tag or give its id; a conversation shows ids."""
    path = asked(world_client)
    vip = world_client.post("/v1/conversations", {"customer": customer_of(world_client, path), "tags": ["VIP"]})
    tag = "vip" if by == "name" else vip.attributes["tags"][0]
    agree(world_client, criteria={"and": [{"conversation_tags": {"operator": "in", "value": [tag]}}]}, firstResponse=1)
    assert world_client.put(path, {"name": "Hers"}).attributes.get("sla") is None
    assert world_client.post(f"{path}/tags", ["VIP"]).attributes["sla"]["name"] == "Chats"


def times(client: WorldClient, path: str) -> list[str]:
    """The paths of a conversation's messages, oldest first."""
    return [f"/v1/messages/{message['id']}" for message in client.get(f"{path}/messages").data]


def test_an_answer_that_moves_away_leaves_the_target_unmet(world_client: WorldClient) -> None:
    """And it runs out at its time; the conversation the answer came from is under the agreement as it was."""
    agree(world_client, firstResponse=2, longestUnrespondedMessage=3)
    path, elsewhere = asked(world_client), asked(world_client, channel="sms")
    due = sla(world_client, path)["metrics"]
    world_client.advance(HOUR)
    say(world_client, path, "out")
    answer = times(world_client, path)[-1]
    assert world_client.put(answer, {"conversation": elsewhere.rpartition("/")[2]}).status == 200
    assert sla(world_client, path)["metrics"] == due
    world_client.advance(HOUR)
    assert sla(world_client, path)["breach"] == {"metric": "firstResponse", "at": due["firstResponse"]["breachAt"]}


def test_a_breach_by_a_message_that_is_told_to_be_sent_in_time_is_none(world_client: WorldClient) -> None:
    agree(world_client, firstResponse=2, longestUnrespondedMessage=3)
    path = asked(world_client)
    at = world_client.get(path).attributes["lastMessageAt"]
    world_client.advance(4 * HOUR)
    say(world_client, path, "out")
    assert sla(world_client, path)["breached"]
    assert world_client.put(times(world_client, path)[-1], {"sentAt": at}).status == 200
    shown = sla(world_client, path)
    assert (shown["breached"], "breach" in shown, shown["summary"]) == (False, False, {})
    assert shown["metrics"]["firstResponse"]["satisfiedAt"] == at
    world_client.put(path, {"status": "done"})
    satisfied = sla(world_client, path)["summary"]
    assert set(satisfied) == {"satisfiedAt"}
    assert world_client.put(times(world_client, path)[-1], {"sentAt": "2026-06-09T12:30:00.000Z"}).status == 200
    assert sla(world_client, path)["summary"] == satisfied


def test_a_redaction_leaves_the_agreement_as_it_stands(world_client: WorldClient) -> None:
    """Also one that was put off while the conversation was not open, and where it was not before it was asked."""
    agree(world_client, firstResponse=2)
    path = asked(world_client)
    made = world_client.post("/v1/conversations", {"customer": customer_of(world_client, path)})
    earlier = f"/v1/conversations/{made.data['id']}"
    world_client.put(earlier, {"status": "done"})
    world_client.advance(HOUR)
    world_client.put(earlier, {"status": "open"})
    say(world_client, earlier, "in")
    alone = sla(world_client, earlier)
    world_client.post(f"{times(world_client, earlier)[0]}/redactions", {"preview": "-"})
    assert sla(world_client, earlier) == alone
    for status in ("snoozed", "open"):
        world_client.advance(HOUR)
        world_client.put(path, {"status": status})
    before = sla(world_client, path)
    assert world_client.post(f"{times(world_client, path)[0]}/redactions", {"preview": "-"}).status == 201
    assert sla(world_client, path) == before
    world_client.put(times(world_client, path)[0], {"sentAt": "2026-06-09T11:00:00.000Z"})
    assert sla(world_client, path)["metrics"]["firstResponse"]["breachAt"] == "2026-06-09T14:00:00.000Z"


def test_a_breach_that_other_messages_have_brought_about_stays(world_client: WorldClient) -> None:
    agree(world_client, longestUnrespondedMessage=1)
    path = asked(world_client)
    world_client.advance(2 * HOUR)
    for direction in ("out", "in", "out"):
        say(world_client, path, direction)
    breach = sla(world_client, path)["breach"]
    world_client.put(times(world_client, path)[-1], {"sentAt": "2026-06-09T14:30:00.000Z"})
    assert sla(world_client, path)["breach"] == breach


def test_a_conversation_that_was_open_too_long_stays_so_whatever_its_messages_say(world_client: WorldClient) -> None:
    agree(world_client, totalConversationOpenTime=1)
    path = asked(world_client)
    world_client.advance(2 * HOUR)
    before = sla(world_client, path)
    assert before["breached"]
    world_client.put(times(world_client, path)[0], {"sentAt": "2026-06-09T11:00:00.000Z"})
    assert sla(world_client, path) == before


def metric(client: WorldClient, path: str, name: str) -> Any:
    return sla(client, path)["metrics"][name]


def test_the_time_a_customer_waits_is_counted_together(world_client: WorldClient) -> None:
    """From the first message that waits to the answer, and on from the next one; what lies between does not count."""
    agree(world_client, totalCustomerWaitTime=3)
    path = asked(world_client)
    world_client.advance(HOUR)
    say(world_client, path, "in")
    world_client.advance(HOUR)
    say(world_client, path, "out")
    assert set(metric(world_client, path, "totalCustomerWaitTime")) == {"breachAt", "satisfiedAt"}
    world_client.advance(20 * HOUR)
    say(world_client, path, "in")
    world_client.advance(HOUR - 1)
    assert not sla(world_client, path)["breached"]
    world_client.advance(1)
    shown = sla(world_client, path)
    assert shown["breach"] == {"metric": "totalCustomerWaitTime", "at": "2026-06-10T11:00:00.000Z"}


def test_every_reply_after_the_first_response_has_its_own_time_and_is_counted(world_client: WorldClient) -> None:
    agree(world_client, nextReply=2)
    path = asked(world_client)
    world_client.advance(5 * HOUR)
    assert sla(world_client, path)["metrics"] == {}
    say(world_client, path, "out")
    counts = []
    for hours in (1, 3, 1):
        say(world_client, path, "in")
        world_client.advance(hours * HOUR)
        say(world_client, path, "out")
        shown = metric(world_client, path, "nextReply")
        counts.append((shown["onTimeCount"], shown["lateCount"]))
    assert counts == [(1, 0), (1, 1), (2, 1)]
    assert sla(world_client, path)["breach"] == {"metric": "nextReply", "at": "2026-06-09T20:00:00.000Z"}
    world_client.put(times(world_client, path)[-1], {"sentAt": "2026-06-09T23:30:00.000Z"})
    assert metric(world_client, path, "nextReply")["lateCount"] == 2


OFFICE = {**{str(day): [[540, 780], [840, 1080]] for day in range(1, 6)}, "0": None, "6": None}
"""Weekdays from nine to six with an hour of lunch; in Berlin, where a new world's noon of a Tuesday is two o'clock."""


def open_hours(client: WorldClient, hours: JSON, *, default: bool = True) -> str:
    """The id of a new schedule."""
    schedule = {"name": "Office", "timezone": "Europe/Berlin", "default": default, "hours": hours}
    return str(client.post("/v1/schedules", schedule).data["id"])


@pytest.mark.parametrize(("hours", "due"), [(3, "09T15:00"), (4, "09T16:00"), (6, "10T09:00"), (36, "15T16:00")])
def test_an_agreement_may_count_business_hours_alone(world_client: WorldClient, hours: int, due: str) -> None:
    """Those of the default schedule: nights, lunch and weekends stand still."""
    open_hours(world_client, OFFICE)
    agree(world_client, by="business", firstResponse=hours)
    assert metric(world_client, asked(world_client), "firstResponse")["breachAt"] == f"2026-06-{due}:00.000Z"


def test_an_agreement_may_count_the_hours_of_a_schedule_of_its_own(world_client: WorldClient) -> None:
    open_hours(world_client, OFFICE)
    early = open_hours(world_client, {**OFFICE, "2": [[0, 900]]}, default=False)
    agree(world_client, by=early, firstResponse=2)
    assert metric(world_client, asked(world_client), "firstResponse")["breachAt"] == "2026-06-10T08:00:00.000Z"


def test_time_left_of_business_hours_is_left_after_a_snooze(world_client: WorldClient) -> None:
    open_hours(world_client, OFFICE)
    agree(world_client, by="business", firstResponse=6)
    path = asked(world_client)
    world_client.advance(HOUR)
    world_client.put(path, {"status": "snoozed"})
    world_client.advance(18 * HOUR)  # at nine the next morning
    world_client.put(path, {"status": "open"})
    assert metric(world_client, path, "firstResponse")["breachAt"] == "2026-06-10T13:00:00.000Z"


@pytest.mark.parametrize("by", ["business", "000000000000000000000000", "never"])
def test_an_agreement_by_hours_that_nobody_knows_is_nobodys(world_client: WorldClient, by: str) -> None:
    if by == "never":
        by = open_hours(world_client, dict.fromkeys("0123456"))
    agree(world_client, by=by, firstResponse=2)
    assert sla(world_client, asked(world_client)) is None
