"""What a search body may say, and that everything else is refused with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.build.search_operators import OPERATORS
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.search.query import Query
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON

Reading = Callable[..., Query]

OVERLONG = f"customer_custom_{'x' * 300}Str"
OPEN = {"conversation_status": {"equals": "open"}}
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2026-06-09", "asc"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "conversation_status", "conversation_priority", "customer_email", "customer_tags", "message_body", "any_text",
        "customer_created_at", "conversation_sla_breached", "kobject_custom_order_totalNum", "customer_custom_vipBool",
        "customer_open", "conversation_queue", "message_direction", "and", "or", "not",
    ]
)  # fmt: skip
OPERATOR_NAMES = st.sampled_from(sorted({name for names in OPERATORS.values() for name in names}))
CRITERIA = st.recursive(
    st.dictionaries(NAMES, st.dictionaries(OPERATOR_NAMES, JSON_VALUES, max_size=2) | JSON_VALUES, max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "queryContext": st.sampled_from(["customer", "conversation", "kobject_order"]) | JSON_VALUES,
        "and": CRITERIA,
        "or": CRITERIA,
        "not": CRITERIA,
        "sort": st.dictionaries(NAMES, st.sampled_from(["asc", "desc"]), max_size=2) | JSON_VALUES,
        "aggs": st.dictionaries(
            st.text(max_size=3), st.fixed_dictionaries({"terms": st.fixed_dictionaries({"field": NAMES})})
        )
        | JSON_VALUES,
        "timeZone": st.text(max_size=10) | JSON_VALUES,
        "includeDeleted": JSON_VALUES,
        "fields": JSON_VALUES,
        "searchHash": JSON_VALUES,
    },
)


def refusal(read: Reading, body: JSON, *, archive: bool = False) -> tuple[str, str]:
    with pytest.raises(BadRequest) as caught:
        read(body, archive=archive)
    (problem,) = caught.value.problems
    return problem.pointer, problem.message


@given(body=JSON_VALUES | BODIES)
def test_whatever_the_body_says_only_a_bad_request_can_come_of_it(read: Reading, body: JSON) -> None:
    """A search body is written by strangers: no JSON may reach an unexpected exception, which would be a 500."""
    try:
        answer: Query | tuple[Problem, ...] = read(body)
    except BadRequest as refused:
        answer = refused.problems
    assert answer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"and": [{"customer_nmae": {"equals": "x"}}]}, "/and/0/customer_nmae", id="unknown attribute"),
        pytest.param({"or": {"customer_id": {"equals": "x"}}}, "/or/customer_id", id="archive attribute"),
        pytest.param({"and": [{"customer_open": {"equals": 1}}]}, "/and/0/customer_open", id="sorts only"),
        pytest.param({"and": [{"a/b~c": {"equals": 1}}]}, "/and/0/a~1b~0c", id="escaped name"),
        pytest.param({"and": [{"customer_custom_vip": {"equals": 1}}]}, "/and/0/customer_custom_vip", id="no suffix"),
        pytest.param(
            {"and": [{"customer_name": {"gte": "x"}}]}, "/and/0/customer_name/gte", id="operator of another class"
        ),
        pytest.param({"and": [{"customer_name": {"dfs": "x"}}]}, "/and/0/customer_name/dfs", id="dfs"),
        pytest.param({"and": [{OVERLONG: {"set": ""}}]}, f"/and/0/{OVERLONG}", id="overlong name"),
        pytest.param({"and": [{"customer_name": "x"}]}, "/and/0/customer_name", id="no operator"),
        pytest.param({"and": [{"customer_name": {}}]}, "/and/0/customer_name", id="no operators"),
        pytest.param({"and": [{}]}, "/and/0", id="empty criterion"),
        pytest.param({"and": "x"}, "/and", id="text for criteria"),
        pytest.param({"and": [OPEN] * 21}, "/and", id="too many"),
        pytest.param({"and": [{"conversation_status": {"in": []}}]}, "/and/0/conversation_status/in", id="empty list"),
        pytest.param(
            {"and": [{"conversation_status": {"in": ["open", "x"]}}]},
            "/and/0/conversation_status/in/1",
            id="enum in a list",
        ),
        pytest.param(
            {"not": [{"conversation_sentiment": {"equals": "sad"}}]}, "/not/0/conversation_sentiment/equals", id="enum"
        ),
        pytest.param(
            {"and": [{"conversation_priority": {"gte": "3"}}]}, "/and/0/conversation_priority/gte", id="text number"
        ),
        pytest.param(
            {"and": [{"conversation_priority": {"gte": True}}]}, "/and/0/conversation_priority/gte", id="true number"
        ),
        pytest.param(
            {"and": [{"conversation_priority": {"gte": 6}}]}, "/and/0/conversation_priority/gte", id="beyond range"
        ),
        pytest.param(
            {"and": [{"conversation_sla_breached": {"equals": "true"}}]},
            "/and/0/conversation_sla_breached/equals",
            id="text boolean",
        ),
        pytest.param(
            {"and": [{"conversation_queue": {"equals": "Tier 2"}}]},
            "/and/0/conversation_queue/equals",
            id="name for an id",
        ),
        pytest.param(
            {"and": [{"conversation_tags": {"equals": "Nope"}}]}, "/and/0/conversation_tags/equals", id="unknown tag"
        ),
        pytest.param(
            {"and": [{"customer_created_at": {"gte": "yesterday"}}]},
            "/and/0/customer_created_at/gte",
            id="words for a date",
        ),
        pytest.param(
            {"and": [{"customer_created_at": {"gte": "2026-02-30"}}]},
            "/and/0/customer_created_at/gte",
            id="no such day",
        ),
        pytest.param({"queryContext": None}, "/queryContext", id="no context"),
        pytest.param({"and": [{"message_body": {"contains": "!?"}}]}, "/and/0/message_body/contains", id="no word"),
        pytest.param(
            {"and": [{"customer_name": {"not_set": "x"}}]}, "/and/0/customer_name/not_set", id="value of not_set"
        ),
        pytest.param({"and": [{"or": []}]}, "/and/0/or", id="empty nested group"),
        pytest.param({"timeZone": "Mars/Olympus"}, "/timeZone", id="unknown zone"),
        pytest.param({"timeZone": "localtime"}, "/timeZone", id="the machine's zone"),
        pytest.param({"queryContext": "ticket"}, "/queryContext", id="unknown context"),
        pytest.param({"includeDeleted": "yes"}, "/includeDeleted", id="text flag"),
        pytest.param({"limit": 10}, "/limit", id="unknown key"),
        pytest.param({"sort": {"customer_email": "asc"}}, "/sort/customer_email", id="unsortable"),
        pytest.param(
            {"sort": [{"conversation_created_at": "asc"}]}, "/sort/0/conversation_created_at", id="sort of another type"
        ),
        pytest.param({"sort": {"customer_name": "up"}}, "/sort/customer_name", id="direction"),
        pytest.param(
            {"aggs": {"n": {"terms": {"field": "customer_nme"}}}}, "/aggs/n/terms/field", id="unknown aggregated"
        ),
        pytest.param({"aggs": {"n": {"median": {"field": "customer_name"}}}}, "/aggs/n", id="unknown aggregation"),
    ],
)
def test_a_fault_is_refused_where_it_stands(read: Reading, body: Mapping[str, Any], pointer: str) -> None:
    """A caller, and a model above all, can only repair what the refusal points at."""
    assert refusal(read, body)[0] == pointer


def test_a_misspelt_attribute_is_answered_with_the_nearest_name(read: Reading) -> None:
    """The list is closed and long; naming the neighbour saves a guess."""
    assert refusal(read, {"and": [{"customer_nmae": {"equals": "x"}}]})[1] == (
        "This attribute is not searchable; the attributes of search are a closed list. Did you mean customer_name?"
    )


def test_a_wrong_operator_is_answered_with_the_right_ones(read: Reading) -> None:
    """Which operators an attribute takes depends on its class, which its name does not show."""
    assert refusal(read, {"and": [{"customer_updated_at": {"equals": "2026-06-09"}}]})[1] == (
        "Give {operator: value}; this attribute takes the operators gte, gt, lte, lt, set, not_set."
    )


def test_refusals_never_repeat_a_value(read: Reading) -> None:
    """Values may be personal data; messages end up in logs."""
    secret = "jane.doe@example.com"
    bodies: list[dict[str, Any]] = [
        {"queryContext": secret},
        {"timeZone": secret},
        {"and": [{"conversation_status": {"equals": secret}}]},
        {"and": [{"conversation_tags": {"in": [secret]}}]},
        {"and": [{"customer_created_at": {"gte": secret}}]},
        {"and": [{"conversation_queue": {"equals": secret}}]},
        {"sort": {"customer_name": secret}},
    ]
    assert all(secret not in refusal(read, body)[1] for body in bodies)


def test_groups_may_nest_five_deep_and_no_deeper(read: Reading) -> None:
    """Depth is bounded, or a small body could exhaust the stack."""

    def nested(depth: int) -> dict[str, Any]:
        return {"and": [nested(depth - 1) if depth > 1 else OPEN]}

    assert len(read(nested(5)).where.nodes) == 1
    assert refusal(read, nested(6))[1] == "Groups may be nested at most 5 deep."


def test_without_a_sort_the_newest_update_comes_first(read: Reading) -> None:
    """A search of a context alone finds everything of it; the order is the product's own choice."""
    query = read({})
    assert (query.context.type, [(key.attribute.name, key.direction) for key in query.sort]) == (
        "customer",
        [("updated_at", "desc")],
    )


@pytest.mark.parametrize("key", ["and", "or", "not", "sort"])
def test_an_empty_object_is_as_good_as_absent(read: Reading, key: str) -> None:
    """The vendor's schema allows it, and generated clients send it for what they leave empty."""
    assert read({key: {}}) == read({})


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2026-06-01T10:00:00", "2026-06-01T10:00:00.000Z"),
        ("2026-06-01T10:00", "2026-06-01T10:00:00.000Z"),
        ("2026-06-01T10:00:00.5+02:00", "2026-06-01T08:00:00.500Z"),
        ("2026-06-01", "2026-05-31T22:00:00.000Z"),
    ],
)
def test_a_time_without_an_offset_is_meant_in_utc(read: Reading, text: str, start: str) -> None:
    """A warehouse loader sends such times; only whole days are shifted by the search's zone."""
    query = read({"timeZone": "Europe/Berlin", "and": [{"customer_created_at": {"gte": text}}]})
    assert query == read({"and": [{"customer_created_at": {"gte": start}}]})


def test_a_search_without_a_context_is_told_which_there_are(read: Reading) -> None:
    """Since 2026 the context is needed; a caller can only choose what the refusal names."""
    pointer, words = refusal(read, {"queryContext": None})
    assert pointer == "/queryContext"
    assert all(name in words for name in ("customer", "conversation", "message", "company", "kobject", "work_item"))


def test_the_archive_alone_sorts_conversations_by_customer(read: Reading) -> None:
    """The two lists of sorts are published apart."""
    body = {"queryContext": "conversation", "sort": {"conversation_customer_id": "asc"}}
    assert read(body, archive=True).sort[0].attribute.name == "conversation_customer_id"
    assert refusal(read, body)[0] == "/sort/conversation_customer_id"


@pytest.mark.parametrize(
    "criterion",
    [
        {"work_item_handle_completed_at": {"gte": "2026-06-01T10:00:00"}},
        {"work_session_updated_at": {"lt": "2026-06-01"}},
    ],
)
def test_work_items_and_sessions_have_criteria_of_their_own(read: Reading, criterion: dict[str, Any]) -> None:
    """Loaders walk through them by these names; nothing is stored of them, so nothing is found."""
    (name,) = criterion
    context = name.rpartition("_")[0].removesuffix("_handle_completed").removesuffix("_updated")
    assert len(read({"queryContext": context, "and": [criterion], "sort": {name: "asc"}}).where.nodes) == 1


def test_every_attribute_of_the_contract_can_be_used(read: Reading, attributes: Mapping[str, SearchAttribute]) -> None:
    """An attribute with a class the language does not know would be refused, or fail, only when first used."""
    unusable = [
        name
        for name, fact in attributes.items()
        if fact.operator != "sort" and not (fact.path and fact.operator in OPERATORS)
    ]
    assert unusable == []
    for name, fact in attributes.items():
        operators = OPERATORS.get(fact.operator, ())
        operand = {"set": ""} if "set" in operators else {"contains": "x"}
        if operators:
            assert read({"and": [{name: operand}]}, archive=not fact.standard).where.nodes


def test_every_documented_sort_of_customers_is_taken(read: Reading, attributes: Mapping[str, SearchAttribute]) -> None:
    """Sortable attributes are marked in the contract; the mark must be enough."""
    names = [
        name for name, fact in attributes.items() if fact.sortable and fact.standard and name.startswith("customer_")
    ]
    assert [read({"sort": {name: "asc"}}).sort[0].attribute.name for name in names] == names


@pytest.mark.parametrize("context", ["conversation", "message", "note", "kobject", "company"])
def test_records_of_every_type_sort_by_their_last_update(read: Reading, context: str) -> None:
    """The page lists customer attributes only, yet published clients walk every type by its updated_at."""
    query = read({"queryContext": context, "sort": [{f"{context}_updated_at": "asc"}]})
    assert query.sort[0].direction == "asc"
