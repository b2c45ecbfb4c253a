"""What each operator means, on the record itself and on records related to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kustomer_sandbox.simulator.values.record import JSON

Search = Callable[..., list[str]]
Build = Callable[..., dict[str, Any]]


def conversations(criterion: dict[str, Any], **more: JSON) -> dict[str, Any]:
    return {"queryContext": "conversation", "and": [criterion], **more}


@pytest.mark.parametrize(
    ("criterion", "found"),
    [
        pytest.param({"customer_name": {"equals": "ANN LEE"}}, ["a"], id="strings ignore case"),
        pytest.param({"customer_name": {"contains": "le"}}, ["a"], id="part of a string"),
        pytest.param({"customer_name": {"prefix": "bo"}}, ["b"], id="prefix"),
        pytest.param({"customer_name": {"not_contains": "le"}}, ["b", "c"], id="not_contains takes missing values"),
        pytest.param({"customer_name": {"not_set": ""}}, ["c"], id="not_set"),
        pytest.param({"customer_name": {"set": ""}}, ["a", "b"], id="set"),
        pytest.param({"customer_email": {"contains": "@acme.example"}}, ["a"], id="any of several e-mails"),
        pytest.param({"customer_email": {"not_equals": "x@acme.example"}}, ["b", "c"], id="none of several e-mails"),
        pytest.param({"customer_externalId": {"equals": "E-1"}}, ["a"], id="exact id"),
        pytest.param({"customer_externalId": {"equals": "e-1"}}, [], id="ids keep case"),
        pytest.param({"customer_sentiment": {"equals": "unhappy"}}, ["b"], id="sentiment by its stored polarity"),
        pytest.param({"customer_sentiment": {"in": ["happy", "indifferent"]}}, ["a"], id="one of several"),
        pytest.param({"customer_sentiment": {"not_in": ["happy", "unhappy"]}}, ["c"], id="none of several"),
        pytest.param({"customer_tags": {"equals": "Urgent"}}, ["b"], id="tag by name"),
        pytest.param({"customer_tags": {"equals": "A" * 24}}, ["b"], id="tag by id"),
        pytest.param({"customer_conversations_count": {"gt": 1, "lte": 3}}, ["b"], id="two operators at once"),
        pytest.param({"customer_imported": {"equals": True}}, ["b"], id="presence as a boolean"),
        pytest.param({"customer_imported": {"equals": False}}, ["a", "c"], id="absence as a boolean"),
        pytest.param({"customer_any_text": {"contains": "lee ANN"}}, ["a"], id="all words in any order"),
        pytest.param({"customer_any_text": {"contains": "le"}}, [], id="whole words only"),
        pytest.param({"customer_custom_cityStr": {"equals": "ulm"}}, ["b"], id="custom text"),
        pytest.param({"customer_custom_ageNum": {"gte": 30}}, ["b"], id="custom number"),
        pytest.param({"customer_custom_bornAt": {"lt": "2000-01-01"}}, ["b"], id="custom date with an offset"),
    ],
)
def test_an_operator_finds_what_it_says(
    search: Search, record: Build, criterion: dict[str, Any], found: list[str]
) -> None:
    """The meaning of each operator and class, on three customers that differ in every respect."""
    ann = record(
        "customer", "a", name="Ann Lee", sentiment={"polarity": 1}, conversationCounts={"all": 1},
        emails=[{"email": "ann@x.example"}, {"email": "X@Acme.example"}], externalIds=[{"externalId": "E-1"}],
    )  # fmt: skip
    bob = record(
        "customer", "b", name="Bob", sentiment={"polarity": -1}, tags=["a" * 24], conversationCounts={"all": 3},
        importedAt="2026-01-01T00:00:00Z",
        custom={"cityStr": "Ulm", "ageNum": 30, "bornAt": "1999-12-31T23:00:00-00:15"},
    )  # fmt: skip
    assert search({"and": [criterion]}, ann, bob, record("customer", "c")) == found


@pytest.mark.parametrize(
    ("operators", "found"),
    [
        pytest.param({"gte": "2026-06-09"}, ["2", "3", "4"], id="from its first moment"),
        pytest.param({"gt": "2026-06-09"}, ["4"], id="after its last"),
        pytest.param({"lte": "2026-06-09"}, ["1", "2", "3"], id="to its last moment"),
        pytest.param({"lt": "2026-06-09"}, ["1"], id="before its first"),
        pytest.param({"gt": "2026-06-08T22:00:00Z"}, ["3", "4"], id="a timestamp is not shifted"),
        pytest.param(
            {"gte": "2026-06-09T00:00:00+02:00", "lt": "2026-06-09T21:59:59.999Z"}, ["2"], id="an offset is honoured"
        ),
    ],
)
def test_a_day_is_meant_in_the_searchs_time_zone(
    search: Search, record: Build, operators: dict[str, str], found: list[str]
) -> None:
    """9 June in Berlin runs from 22:00Z of the 8th to 22:00Z of the 9th; full timestamps stand still."""
    times = [
        "2026-06-08T21:59:59.999Z",
        "2026-06-08T22:00:00.000Z",
        "2026-06-09T21:59:59.999Z",
        "2026-06-09T22:00:00.000Z",
    ]
    records = [record("conversation", str(at), createdAt=time) for at, time in enumerate(times, 1)]
    assert search(conversations({"conversation_created_at": operators}, timeZone="Europe/Berlin"), *records) == found


@pytest.mark.parametrize(
    ("operators", "found"),
    [
        pytest.param({"gte": "now-24h"}, ["2", "3", "4"], id="within a day"),
        pytest.param({"gt": "now-1d"}, ["3", "4"], id="less than a day ago"),
        pytest.param({"lt": "now-1w+6d"}, ["1"], id="terms are added"),
        pytest.param({"lte": "now"}, ["1", "2", "3"], id="until now"),
        pytest.param({"gt": "now-1d", "lt": "now+1h"}, ["3"], id="both ends"),
    ],
)
def test_an_offset_from_now_is_an_instant(
    search: Search, record: Build, operators: dict[str, str], found: list[str]
) -> None:
    """Now is the world's instant; the search's time zone does not shift it."""
    times = ["2026-06-08T11:59:59.999Z", "2026-06-08T12:00:00.000Z", "2026-06-09T12:00:00.000Z", "2026-06-10T00:00:00Z"]
    records = [record("conversation", str(at), createdAt=time) for at, time in enumerate(times, 1)]
    assert search(conversations({"conversation_created_at": operators}, timeZone="Asia/Tokyo"), *records) == found


def test_and_or_and_not_hold_together(search: Search, record: Build) -> None:
    """Every and-criterion, at least one or-criterion, and none of the not-criteria."""
    body = {
        "queryContext": "conversation",
        "and": [{"conversation_status": {"equals": "open"}}],
        "or": {"conversation_priority": {"gte": 4}, "conversation_channels": {"equals": "email"}},
        "not": [{"conversation_sla_breached": {"equals": True}}],
    }
    records = [
        record("conversation", "1", status="open", priority=5, sla={"breached": False}),
        record("conversation", "2", status="open", priority=1, channels=["chat", "email"]),
        record("conversation", "3", status="open", priority=1, channels=["chat"]),
        record("conversation", "4", status="open", priority=5, sla={"breached": True}),
        record("conversation", "5", status="done", priority=5),
    ]
    assert search(body, *records) == ["1", "2"]


def test_groups_nest(search: Search, record: Build) -> None:
    """(open and urgent) or (done and not by e-mail), as one client's types write it."""
    body = {
        "queryContext": "conversation",
        "or": [
            {"and": [{"conversation_status": {"equals": "open"}}, {"conversation_priority": {"equals": 5}}]},
            {"conversation_status": {"equals": "done"}, "not": [{"conversation_channels": {"equals": "email"}}]},
        ],
    }
    records = [
        record("conversation", "1", status="open", priority=5),
        record("conversation", "2", status="open", priority=1),
        record("conversation", "3", status="done", channels=["chat"]),
        record("conversation", "4", status="done", channels=["email"]),
    ]
    assert search(body, *records) == ["1", "3"]


def test_customers_are_found_by_their_conversations_and_conversations_by_their_customer(
    search: Search, record: Build
) -> None:
    """A criterion may name an attribute of another type than the one asked for."""
    records = [
        record("customer", "a", emails=[{"email": "ann@acme.example"}]),
        record("customer", "b", emails=[{"email": "bob@other.example"}]),
        record("conversation", "1", to={"customer": "a"}, status="done"),
        record("conversation", "2", to={"customer": "b"}, status="open"),
        record("message", "m", to={"customer": "b", "conversation": "2"}, preview="Where is my refund?"),
    ]
    by_customer = conversations({"customer_email": {"contains": "@acme.example"}})
    assert search({"and": [{"conversation_status": {"equals": "open"}}]}, *records) == ["b"]
    assert search({"and": [{"message_body": {"contains": "REFUND"}}]}, *records) == ["b"]
    assert search(by_customer, *records) == ["1"]
    assert search({"queryContext": "message", "and": [{"conversation_status": {"equals": "open"}}]}, *records) == ["m"]


def test_two_criteria_may_be_met_by_different_conversations_but_one_criterion_by_one(
    search: Search, record: Build
) -> None:
    """Undocumented, chosen: criteria stand alone; the operators inside one describe a single record."""
    records = [
        record("customer", "a"),
        record("conversation", "1", to={"customer": "a"}, status="open", messageCount=1),
        record("conversation", "2", to={"customer": "a"}, status="done", messageCount=9),
    ]
    apart = [{"conversation_status": {"equals": "open"}}, {"conversation_message_count": {"equals": 9}}]
    between = [{"conversation_message_count": {"gt": 1, "lt": 9}}]
    assert search({"and": apart}, *records) == ["a"]
    assert search({"and": between}, *records) == []


def test_not_equals_on_another_type_means_no_such_record(search: Search, record: Build) -> None:
    """The opposite of "has an open conversation" is "has none", also for customers without conversations."""
    records = [
        record("customer", "a"),
        record("customer", "b"),
        record("customer", "c"),
        record("conversation", "1", to={"customer": "a"}, status="open"),
        record("conversation", "2", to={"customer": "a"}, status="done"),
        record("conversation", "3", to={"customer": "b"}, status="done"),
    ]
    assert search({"and": [{"conversation_status": {"not_equals": "open"}}]}, *records) == ["b", "c"]


def test_any_text_without_a_type_looks_through_everything_related(search: Search, record: Build) -> None:
    """The unprefixed attribute is the search box: a word in a message finds its customer."""
    records = [
        record("customer", "a", name="Ann"),
        record("customer", "b", name="Bob"),
        record("message", "m", to={"customer": "b"}, preview="parcel lost"),
    ]
    assert search({"and": [{"any_text": {"contains": "parcel"}}]}, *records) == ["b"]


def test_a_custom_objects_attribute_belongs_to_its_klass_alone(search: Search, record: Build) -> None:
    """Klass names may hold dashes and underscores, so the klass of the record decides where the name begins."""
    records = [
        record("kobject.ecomm-order", "1", custom={"orderStatusStr": "shipped"}),
        record("kobject.return_label", "2", custom={"orderStatusStr": "shipped", "sent_onStr": "x"}),
    ]
    order = {"kobject_custom_ecomm-order_orderStatusStr": {"equals": "shipped"}}
    label = {"kobject_custom_return_label_sent_onStr": {"equals": "x"}}
    assert search({"queryContext": "kobject", "and": [order]}, *records) == ["1"]
    assert search({"queryContext": "kobject_return_label", "and": [label]}, *records) == ["2"]
    assert search({"queryContext": "kobject_ecomm-order"}, *records) == ["1"]


def test_the_archives_attributes_of_one_klass_belong_to_it_alone(search: Search, record: Build) -> None:
    """The archive names dates, ids and texts of a Klass; its name is taken as short as it can be, or as the context."""
    old = {"createdAt": "2023-01-01T00:00:00.000Z", "updatedAt": "2023-01-01T00:00:00.000Z"}
    records = [
        record("kobject.order", "1", to={"customer": "u"}, **old),
        record("kobject.order_customer", "2", **old),
        record("customer", "u", **old),
    ]

    def found(context: str, **criterion: JSON) -> list[str]:
        return search({"queryContext": context, "and": [criterion]}, *records, archive=True)

    assert found("kobject", kobject_order_created_at={"set": ""}) == ["1"]
    assert found("kobject", kobject_created_at={"set": ""}) == ["1", "2"]
    assert found("kobject", kobject_order_customer_id={"equals": "u"}) == ["1"]
    assert found("kobject_order_customer", kobject_order_customer_id={"equals": "2"}) == ["2"]
    assert found("customer", kobject_order_updated_at={"lt": "2024-01-01"}) == ["u"]
    assert found("customer", kobject_return_updated_at={"lt": "2024-01-01"}) == []


def test_tombstones_are_found_only_when_asked_for(search: Search, record: Build) -> None:
    """Deleted records stay out of results, and do not count as related records either."""
    gone = {**record("conversation", "1", to={"customer": "a"}, status="open"), "deleted": True}
    holder = record("customer", "a")
    is_open = {"conversation_status": {"equals": "open"}}
    assert search(conversations(is_open), gone, holder) == []
    assert search({"and": [is_open]}, gone, holder) == []
    assert search(conversations(is_open, includeDeleted=True), gone, holder) == ["1"]


def test_two_years_divide_the_standard_search_from_the_archive(search: Search, record: Build) -> None:
    """Each record is in exactly one of the two; the boundary itself is recent."""
    records = [
        record("conversation", "1", updatedAt="2024-06-09T12:00:00.000Z"),
        record("conversation", "2", updatedAt="2024-06-09T11:59:59.999Z"),
    ]
    assert search({"queryContext": "conversation"}, *records) == ["1"]
    assert search({"queryContext": "conversation"}, *records, archive=True) == ["2"]


def test_conversations_that_breached_their_sla_unhappily_in_the_last_day_are_found(
    search: Search, record: Build
) -> None:
    """The question the seed article puts to an agent, as one search."""
    body = {
        "queryContext": "conversation",
        "and": [
            {"conversation_updated_at": {"gte": "2026-06-08T12:00:00Z"}},
            {"conversation_sla_breached": {"equals": True}},
            {"conversation_sentiment": {"equals": "unhappy"}},
        ],
    }
    facts = {"updatedAt": "2026-06-09T08:00:00.000Z", "sla": {"breached": True}, "sentiment": {"polarity": -1}}
    records = [
        record("conversation", "1", **facts),
        record("conversation", "2", **{**facts, "updatedAt": "2026-06-08T11:59:59.999Z"}),
        record("conversation", "3", **{**facts, "sla": {"breached": False}}),
        record("conversation", "4", **{**facts, "sentiment": {"polarity": 0}}),
    ]
    assert search(body, *records) == ["1"]


def test_a_flag_that_is_stored_as_false_is_false(search: Search, record: Build) -> None:
    """Some flags are written only once they are true, others from the start; both read alike."""
    body = {"queryContext": "message", "and": [{"message_redacted": {"equals": False}}]}
    records = [record("message", "1", redacted=False), record("message", "2", redacted=True), record("message", "3")]
    assert search(body, *records) == ["1", "3"]
