"""The search against a second opinion: a naive reading of the documents, over generated records and queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.search.match import match
from kustomer_sandbox.simulator.search.plan import hints
from kustomer_sandbox.simulator.search.query import IndexHint, Query
from kustomer_sandbox.simulator.search.values import values
from kustomer_sandbox.simulator.store.protocol import Range
from kustomer_sandbox.simulator.values.errors import BadRequest
from kustomer_sandbox.simulator.values.record import JSON

Reading = Callable[..., Query]
Case = tuple[str, str, Any]

STATUS = ["open", "snoozed", "done"]
CHANNELS = ["email", "chat", "sms"]
MOODS = {"happy": 1, "unhappy": -1, "indifferent": 0}
WORDS = st.lists(st.sampled_from(["Refund", "refunded", "late", "parcel", "A-1"]), max_size=3).map(" ".join)
DAYS = st.dates(date(2026, 6, 1), date(2026, 6, 4))
TIMES = st.datetimes(datetime(2026, 6, 1), datetime(2026, 6, 5), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["GMT", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"])


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATUS),
        "channels": st.lists(st.sampled_from(CHANNELS), max_size=2),
        "priority": st.integers(1, 5),
        "name": WORDS,
        "sentiment": st.fixed_dictionaries({"polarity": st.sampled_from([-1, 0, 1])}),
        "sla": st.fixed_dictionaries({}, optional={"breached": st.booleans()}),
        "createdAt": TIMES.map(stamp),
    },
).map(lambda attributes: {"id": "c", "type": "conversation", "attributes": attributes, "relationships": {}})


def criteria() -> st.SearchStrategy[Case]:
    exact, many = st.sampled_from(["equals", "not_equals"]), st.sampled_from(["in", "not_in"])
    ordered = st.sampled_from(["gte", "gt", "lte", "lt"])
    choices = {"status": STATUS, "channels": CHANNELS, "sentiment": list(MOODS)}
    lists = [st.tuples(st.just(name), exact, st.sampled_from(values)) for name, values in choices.items()] + [
        st.tuples(st.just(name), many, st.lists(st.sampled_from(values), min_size=1))
        for name, values in choices.items()
    ]
    present = st.tuples(
        st.sampled_from([*choices, "priority", "name", "created_at"]), st.sampled_from(["set", "not_set"]), st.just("")
    )
    return st.one_of(
        *lists,
        present,
        st.tuples(st.just("priority"), exact | ordered, st.integers(1, 5)),
        st.tuples(st.just("sla_breached"), exact, st.booleans()),
        st.tuples(
            st.just("name"), st.sampled_from(["contains", "not_contains", "prefix", "equals"]), WORDS.filter(bool)
        ),
        st.tuples(st.just("any_text"), st.sampled_from(["contains", "not_contains"]), WORDS.filter(bool)),
        st.tuples(st.just("created_at"), ordered, DAYS.map(str) | TIMES.map(stamp)),
    )


def model_values(name: str, attributes: dict[str, Any]) -> list[Any]:
    """What a conversation says of an attribute, in the caller's words."""
    if name == "sentiment":
        return [mood for mood, polarity in MOODS.items() if attributes.get("sentiment", {}).get("polarity") == polarity]
    if name == "sla_breached":
        return [attributes["sla"]["breached"]] if "breached" in attributes.get("sla", {}) else []
    if name == "any_text":
        texts = [attributes.get(key, "") for key in ("status", "name", "createdAt")] + attributes.get("channels", [])
        return [" ".join(texts)]
    value = attributes.get("createdAt" if name == "created_at" else name, [])
    return value if isinstance(value, list) else [value]


def pieces(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text.lower()).split())


def compare(operator: str, value: JSON, wanted: JSON) -> bool:
    return bool({"gte": value >= wanted, "gt": value > wanted, "lte": value <= wanted, "lt": value < wanted}[operator])


def dated(operator: str, value: str, wanted: str, zone: str) -> bool:
    if len(wanted) > 10:
        return compare(operator, datetime.fromisoformat(value), datetime.fromisoformat(wanted))
    local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).date()
    return compare(operator, local, date.fromisoformat(wanted))


def model_holds(case: Case, attributes: dict[str, Any], zone: str) -> bool:
    """One criterion, read straight from the documents."""
    name, operator, wanted = case
    if operator.startswith("not_"):
        return not model_holds((name, operator.removeprefix("not_"), wanted), attributes, zone)
    found = model_values(name, attributes)
    return any(model_fits(case, value, zone) for value in found)


def model_fits(case: Case, value: JSON, zone: str) -> bool:
    """Whether one value satisfies a positive criterion."""
    name, operator, wanted = case
    if operator == "set":
        return True
    if name == "created_at":
        return dated(operator, value, wanted, zone)
    if name == "any_text":
        return pieces(wanted) <= pieces(value)
    if name == "name":
        checks = {"contains": str.__contains__, "prefix": str.startswith, "equals": str.__eq__}
        return bool(checks[operator](value.lower(), wanted.lower()))
    if operator in ("equals", "in"):
        return value in (wanted if operator == "in" else [wanted])
    return compare(operator, value, wanted)


def nothing_related(_record: dict[str, Any], _type: str) -> list[dict[str, Any]]:
    return []


GROUPS = st.fixed_dictionaries({}, optional={key: st.lists(criteria(), max_size=3) for key in ("and", "or", "not")})


def body_of(groups: dict[str, list[Case]], zone: str) -> dict[str, Any]:
    written = {
        key: [{f"conversation_{name}": {operator: wanted}} for name, operator, wanted in cases]
        for key, cases in groups.items()
    }
    return {"queryContext": "conversation", "timeZone": zone, **written}


@given(record=RECORDS, groups=GROUPS, zone=ZONES)
def test_matching_agrees_with_a_naive_reading_of_the_documents(
    read: Reading, record: dict[str, Any], groups: dict[str, list[Case]], zone: str
) -> None:
    """Every and-criterion, some or-criterion if there are any, none of the not-criteria; each as documented."""
    holds = {key: [model_holds(case, record["attributes"], zone) for case in cases] for key, cases in groups.items()}
    expected = all(holds.get("and", [])) and (not holds.get("or") or any(holds["or"])) and not any(holds.get("not", []))
    assert match(read(body_of(groups, zone)), record, nothing_related) is expected


@given(record=RECORDS, groups=GROUPS, zone=ZONES)
def test_an_index_hint_never_loses_a_match(
    read: Reading, record: dict[str, Any], groups: dict[str, list[Case]], zone: str
) -> None:
    """The hint replaces a scan, so whatever matches must stand under one of its keys."""
    query = read(body_of(groups, zone))
    if match(query, record, nothing_related):
        assert all(is_under(hint, query, record) for hint in hints(query))


def is_under(hint: IndexHint, query: Query, record: dict[str, Any]) -> bool:
    attribute = next(a for a in attributes_of(query) if a.index == hint.index)
    return any(holds_key(value, at) for value in values(record, attribute) for at in hint.at)


def attributes_of(query: Query) -> list[Any]:
    nodes, found = [query.where], []
    for node in nodes:
        for part in node.nodes:
            if hasattr(part, "attribute"):
                found.append(part.attribute)
            else:
                nodes.append(part)
    return found


def holds_key(value: JSON, at: JSON) -> bool:
    if not isinstance(at, Range):
        return bool(value == at)
    above = at.low is None or (value > at.low if at.above_low else value >= at.low)
    return bool(above and (at.high is None or (value < at.high if at.below_high else value <= at.high)))


@pytest.mark.parametrize(
    ("day", "zone"), [("0001-01-01", "Asia/Kolkata"), ("9999-12-31", "GMT")], ids=["first", "last"]
)
def test_a_day_at_the_edge_of_the_calendar_is_refused(read: Reading, day: str, zone: str) -> None:
    """Such a day has no instant to start or to end at: a refusal, not an error."""
    with pytest.raises(BadRequest):
        read({"and": [{"customer_created_at": {"gte": day}}], "timeZone": zone})
