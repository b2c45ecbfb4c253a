"""The demo world: what the worked examples look for is there, it is the same each time, and no masked value shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import orjson
import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.record import JSON
from tests.promised import PromisedClient

LISTS = (
    "/v1/customers", "/v1/conversations", "/v1/messages", "/v1/klasses", "/v1/klasses/shipment", "/v1/klasses/order",
    "/v1/tags", "/v1/teams", "/v1/users", "/v1/routing/queues",
)  # fmt: skip
CHANNELS = {"email", "sms", "chat", "whatsapp", "facebook", "instagram", "voice", "twitter-dm"}
URGENT_NEWEST_FIRST = {
    "queryContext": "conversation",
    "and": [{"conversation_tags": {"equals": "Urgent"}}],
    "sort": [{"conversation_updated_at": "desc"}],
}


@dataclass
class Demo(PromisedClient):
    """A client in a demo world of its own; every answer is held against the contract."""

    def everything(self, path: str, *, key: str | None = None, query: str = "") -> list[dict[str, Any]]:
        """All records of a list, page by page."""
        found, number = [], 1
        while True:
            answer = self.get(path, f"{query}&page={number}&pageSize=100".lstrip("&"), key=key)
            assert answer.status == 200, path
            found += answer.data
            if not answer.json["links"]["next"]:
                return found
            number += 1

    def search(self, **body: JSON) -> list[dict[str, Any]]:
        answer = self.post("/v1/customers/search", body)
        assert answer.status == 200
        return list(answer.data)

    def ago(self, **spans: float) -> str:
        return iso(self.world.clock.now() - timedelta(**spans))


@pytest.fixture
def demo(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[Demo]:
    world = shared_api.worlds.create(WorldSpec(name=request.node.nodeid, scenario="demo", plan="ultimate"))
    client = Demo(shared_api, world, issue_key(shared_api.worlds, world)[0])
    yield client
    shared_api.worlds.drop(world.name)
    assert client.faults() == []


def raw_lists(contracts: Contracts, seed: str) -> list[bytes]:
    """The bytes of all lists, from a simulator that never built this world before."""
    api = create_api(contracts)
    world = api.worlds.create(WorldSpec(name="demo", scenario="demo", plan="ultimate", seed=seed))
    key = issue_key(api.worlds, world, read_sensitive=True)[0]
    headers = {"authorization": f"Bearer {key}"}
    return [
        api.handle(Request(method="GET", path=path, query=f"page={page}&pageSize=100", headers=headers, body=b"")).body
        for path, page in product(LISTS, range(1, 7))
    ]


def numbers(lists: list[bytes]) -> list[list[str]]:
    """The customers' phone numbers, in the lists' order."""
    customers = orjson.loads(lists[0])["data"]
    return [[item["phone"] for item in customer["attributes"]["phones"]] for customer in customers]


def test_the_same_plan_gives_the_same_bytes(contracts: Contracts) -> None:
    """Recorded runs, snapshots and parallel workers rely on it: ids, times, order and texts follow from the plan."""
    assert raw_lists(contracts, "0") == raw_lists(contracts, "0")


def test_another_seed_gives_another_world(contracts: Contracts) -> None:
    """Not only other ids: what must not be learnt by heart, such as phone numbers, is chosen by the seed."""
    first, other = raw_lists(contracts, "0"), raw_lists(contracts, "1")
    assert numbers(first) != numbers(other)
    assert sorted(numbers(first)) != sorted(numbers(other))


def test_jane_is_found_by_email_with_both_phones_and_her_number_masked(demo: Demo) -> None:
    """The verification example starts from her address, which therefore stays readable."""
    jane = demo.get("/v1/customers/email=jane.doe@example.com").attributes
    assert jane["name"] == "Jane Doe"
    assert [item["email"] for item in jane["emails"]] == ["jane.doe@example.com"]
    assert [item["phone"] for item in jane["phones"]] == ["***", "***"]
    assert [item["phone"] for item in jane["sharedPhones"]] == ["***"]
    assert jane["custom"]["ssnStr"] == "***"


def test_an_unmasking_window_shows_janes_numbers(demo: Demo) -> None:
    """What is masked is there: the example compares a real number."""
    jane = demo.get("/v1/customers/email=jane.doe@example.com").data["id"]
    demo.post(f"/v1/customers/{jane}/unmasking-windows")
    shown = demo.get(f"/v1/customers/{jane}").attributes
    phones = {item["phone"] for item in shown["phones"]}
    assert len(phones) == 2
    assert all(phone.startswith("+1555555") and len(phone) == 12 for phone in phones)
    assert shown["custom"]["ssnStr"].startswith("000-")


def test_the_newest_urgent_conversation_is_on_whatsapp_and_the_next_by_email(demo: Demo) -> None:
    """The triage example picks the newest by update, and the reply's channel follows from it."""
    found = demo.search(**URGENT_NEWEST_FIRST)
    assert [record["attributes"]["channels"] for record in found[:2]] == [["whatsapp"], ["email"]]
    assert {channel for record in found for channel in record["attributes"]["channels"]} >= {"chat", "sms"}
    assert len(found) >= 6


def test_the_whatsapp_conversation_may_still_be_answered_freely(demo: Demo) -> None:
    """WhatsApp allows an interactive reply for 24 hours after the customer's last message, to a number it knows."""
    newest = demo.search(**URGENT_NEWEST_FIRST)[0]
    customer = demo.get(f"/v1/customers/{newest['relationships']['customer']['data']['id']}").attributes
    assert newest["attributes"]["status"] == "open"
    assert newest["attributes"]["lastMessageDirection"] == "in"
    assert newest["attributes"]["lastMessageIn"]["sentAt"] > demo.ago(hours=24)
    assert [item["phone"] for item in customer["whatsapps"]] == ["***"]


def test_breached_and_unhappy_conversations_of_the_last_day_stand_among_near_misses(demo: Demo) -> None:
    """The reporting example must have an answer, and a query that forgets a condition must give another one."""
    breached = {"conversation_sla_breached": {"equals": True}}
    unhappy = {"conversation_sentiment": {"equals": "unhappy"}}
    recent = {"conversation_updated_at": {"gte": demo.ago(hours=24)}}
    wanted = demo.search(queryContext="conversation", **{"and": [breached, unhappy, recent]})
    for record in wanted:
        facts = record["attributes"]
        assert facts["sentiment"]["polarity"] == -1
        assert facts["sla"]["breach"]["at"] > demo.ago(hours=24)
        assert facts["sla"]["metrics"][facts["sla"]["breach"]["metric"]]["breachAt"] == facts["sla"]["breach"]["at"]
        assert facts["custom"]["causeStr"]
    assert len(wanted) == 3
    for less in ([breached, unhappy], [breached, recent], [unhappy, recent]):
        assert len(demo.search(queryContext="conversation", **{"and": less})) > 3


def test_tier_2_is_both_a_team_with_members_and_a_queue(demo: Demo) -> None:
    """An escalation is handed to either, by name."""
    teams = {team["attributes"]["name"]: team["attributes"] for team in demo.everything("/v1/teams")}
    queues = {queue["attributes"]["name"] for queue in demo.everything("/v1/routing/queues")}
    users = {user["id"] for user in demo.everything("/v1/users")}
    assert {"Tier 1 Support", "Tier 2 Technical Support", "Billing", "Logistics"} <= teams.keys()
    assert set(teams["Tier 2 Technical Support"]["members"]) <= users
    assert len(teams["Tier 2 Technical Support"]["members"]) >= 3
    assert "Tier 2 Technical Support" in queues


def test_one_agent_has_left_and_one_user_is_an_admin(demo: Demo) -> None:
    """Clients must cope with deactivated users and with roles."""
    gone = demo.everything("/v1/users", query="deleted=true")
    assert [user["attributes"]["deletedAt"] is not None for user in gone] == [True]
    assert any("org.admin" in user["attributes"]["roles"] for user in demo.everything("/v1/users"))


def test_customers_can_only_be_reached_at_reserved_addresses_and_numbers(demo: Demo) -> None:
    """Nobody real may ever be meant, whatever a tool does with what it reads."""
    key = demo.new_key("org", read_sensitive=True)
    for customer in (record["attributes"] for record in demo.everything("/v1/customers", key=key)):
        domains = {item["email"].rpartition("@")[2] for item in customer["emails"]}
        phones = [item["phone"] for name in ("phones", "sharedPhones", "whatsapps") for item in customer[name]]
        assert domains <= {"example.com", "example.org", "example.net"}
        assert all(phone.startswith("+1555555") and len(phone) == 12 for phone in phones)
        assert customer["custom"].get("ssnStr", "000-").startswith("000-")


def test_conversations_cover_channels_statuses_moods_and_two_months(demo: Demo) -> None:
    """Enough variety for paging, filters and reports, none of it in the future."""
    records = [record["attributes"] for record in demo.everything("/v1/conversations")]
    now = iso(demo.world.clock.now())
    assert len(demo.everything("/v1/customers")) >= 48
    assert len(records) >= 120
    assert {channel for facts in records for channel in facts["channels"]} == CHANNELS
    assert {facts["status"] for facts in records} == {"open", "snoozed", "done"}
    assert {facts["sentiment"]["polarity"] for facts in records} == {-1, 0, 1}
    assert {facts["priority"] for facts in records} == {1, 2, 3, 4, 5}
    assert all(2 <= facts["messageCount"] <= 6 for facts in records)
    assert all(demo.ago(days=60) <= facts["createdAt"] <= facts["updatedAt"] <= now for facts in records)
    assert all(facts["snooze"]["time"] > now for facts in records if facts["status"] == "snoozed")


def test_counters_agree_with_what_is_there(demo: Demo) -> None:
    """The world was made through the rules of the API, so it cannot contradict itself."""
    conversations = demo.everything("/v1/conversations")
    messages = Counter(
        record["relationships"]["conversation"]["data"]["id"] for record in demo.everything("/v1/messages")
    )
    per_customer = Counter(record["relationships"]["customer"]["data"]["id"] for record in conversations)
    assert {record["id"]: record["attributes"]["messageCount"] for record in conversations} == messages
    for customer in demo.everything("/v1/customers"):
        assert customer["attributes"]["conversationCounts"]["all"] == per_customer[customer["id"]]


def test_ids_tell_when_a_record_came_into_being(demo: Demo) -> None:
    """Lists are ordered by id; history written out of order would show in them."""
    for path in ("/v1/customers", "/v1/conversations", "/v1/messages", "/v1/klasses/shipment"):
        records = demo.everything(path)
        stamps = [record["attributes"]["createdAt"] for record in records]
        assert stamps == sorted(stamps)
        assert [int(record["id"][:8], 16) for record in records] == [int(parse(at).timestamp()) for at in stamps]


def test_a_customer_was_last_changed_when_or_after_it_last_wrote(demo: Demo) -> None:
    """Clients that follow `updatedAt` must meet every message: the past was played in its order."""
    for facts in (record["attributes"] for record in demo.everything("/v1/customers")):
        assert facts["createdAt"] <= facts.get("lastMessageAt", facts["createdAt"]) <= facts["updatedAt"]


def test_shipments_belong_to_customers_and_say_where_they_are(demo: Demo) -> None:
    """The custom object example changes the delivery status of one."""
    klasses = {record["attributes"]["name"]: record["attributes"] for record in demo.everything("/v1/klasses")}
    shipments = demo.everything("/v1/klasses/shipment")
    shown = {name: facts["displayName"] for name, facts in klasses.items()}
    assert shown == {"shipment": "Shipment", "order": "Order", "voucher": "Voucher"}
    assert len(shipments) >= 30
    statuses = {record["attributes"]["custom"]["deliveryStatusStr"] for record in shipments}
    assert {"In transit", "Delivered", "Delayed"} <= statuses
    for record in shipments:
        assert record["relationships"]["customer"]["data"]["id"]
        names = {"trackingNumberStr", "carrierStr", "expectedAt", "weightNum", "insuredBool"}
        assert names <= record["attributes"]["custom"].keys()


def test_replies_wait_for_approval_and_one_for_its_time(demo: Demo) -> None:
    """Approving, changing and cancelling need something to start from; the planned one must not go out at once."""
    drafts = [
        draft["attributes"]
        for customer in demo.everything("/v1/customers")
        for draft in demo.everything(f"/v1/customers/{customer['id']}/drafts")
    ]
    waiting = [facts for facts in drafts if facts["status"] == "draft"]
    planned = [facts["sendAt"] for facts in drafts if facts["status"] == "scheduled"]
    assert len({facts["channel"] for facts in waiting}) >= 4
    assert planned == [iso(demo.world.clock.now() + timedelta(days=2))]


def test_the_planned_reply_goes_out_in_two_days(demo: Demo) -> None:
    """The seeded world is alive: what is due happens when its time comes."""
    before = len(demo.everything("/v1/messages"))
    demo.advance(timedelta(days=2).total_seconds())
    sent = demo.everything("/v1/messages")[before:]
    assert [message["attributes"]["subject"] for message in sent] == ["How was it?"]


def test_whatever_a_case_is_looked_up_by_is_left_unanswered(demo: Demo) -> None:
    """The triage example drafts the first reply itself."""
    newest = demo.search(**URGENT_NEWEST_FIRST)[0]
    customer = newest["relationships"]["customer"]["data"]["id"]
    assert demo.everything(f"/v1/customers/{customer}/drafts") == []
