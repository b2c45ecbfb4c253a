"""What is shown of a record: all that is of use in a list, whatever `fields` names, and nothing lost for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import JSON, Scope
from kustomer_sandbox.mcp_server.tools.answers.fields import chosen, condensed, not_found
from tests.mcp_server.fakes import JANE, FakeUpstream

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
LIST = "list_all_kustomer_customers"
READ_UNMASKED = "kustomer_customers_read_unmasked"
RECORD: dict[str, Any] = {
    "type": "conversation",
    "id": "1",
    "attributes": {
        "name": "Seat map",
        "tags": [],
        "queue": None,
        "sla": {"breached": True, "metrics": {"first": 1, "steps": []}},
        "emails": [{"email": "a@b.c", "type": "home"}, {"email": "d@e.f"}],
        "custom": {"seatStr": "12A", "mealsTree": []},
    },
    "relationships": {
        "org": {"data": {"type": "org", "id": "9"}, "links": {"self": "/v1/orgs/9"}},
        "customer": {"data": {"type": "customer", "id": "2"}, "links": {"self": "/v1/customers/2"}},
        "messages": {"links": {"self": "/v1/conversations/1/messages"}},
        "queue": {"data": None, "links": {"self": "/v1/queues/3", "related": "/v1/x"}},
    },
    "links": {"self": "/v1/conversations/1"},
}


def test_a_record_of_a_list_leaves_out_what_says_nothing() -> None:
    """Empty lists, addresses that follow from the id, and the organisation: a third of a list, and no news."""
    assert condensed(RECORD) == {
        "type": "conversation",
        "id": "1",
        "attributes": {
            "name": "Seat map",
            "queue": None,
            "sla": {"breached": True, "metrics": {"first": 1}},
            "emails": [{"email": "a@b.c", "type": "home"}, {"email": "d@e.f"}],
            "custom": {"seatStr": "12A"},
        },
        "relationships": {
            "customer": {"data": {"type": "customer", "id": "2"}},
            "queue": {"data": None, "links": {"related": "/v1/x"}},
        },
    }


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (["*"], {name: RECORD[name] for name in ("attributes", "relationships", "links")}),
        (["attributes"], {"attributes": RECORD["attributes"]}),
        (["relationships"], {"relationships": RECORD["relationships"]}),
        (["links"], {"links": RECORD["links"]}),
        (["name", "tags"], {"attributes": {"name": "Seat map", "tags": []}}),
        (["attributes.name"], {"attributes": {"name": "Seat map"}}),
        (["custom.mealsTree"], {"attributes": {"custom": {"mealsTree": []}}}),
        (["custom", "custom.seatStr"], {"attributes": {"custom": RECORD["attributes"]["custom"]}}),
        (["emails.email"], {"attributes": {"emails": [{"email": "a@b.c"}, {"email": "d@e.f"}]}}),
        (["sla.metrics.first", "sla.breached"], {"attributes": {"sla": {"breached": True, "metrics": {"first": 1}}}}),
        (["org"], {"relationships": {"org": RECORD["relationships"]["org"]}}),
        (["relationships.customer.data"], {"relationships": {"customer": {"data": {"type": "customer", "id": "2"}}}}),
        (
            ["queue"],
            {"attributes": {"queue": None}, "relationships": {"queue": RECORD["relationships"]["queue"]}},
        ),
        (["nothing"], {}),
    ],
)
def test_fields_name_what_is_shown_as_it_came(fields: list[str], shown: JSON) -> None:
    """It asks for less, and brings back anything that a list leaves out."""
    assert chosen(RECORD, fields) == {"type": "conversation", "id": "1", **shown}


JSONS = st.recursive(
    st.none() | st.integers() | st.just("text"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "data"]), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "org", "links"]), JSONS, max_size=4))
def test_whatever_a_list_leaves_out_can_be_had_by_its_name(values: dict[str, Any]) -> None:
    """Nothing is out of reach: each attribute and relationship comes back whole."""
    record = {"type": "t", "id": "1", "attributes": values, "relationships": values, "links": {"self": "/"}}
    for name, value in values.items():
        found = chosen(record, [f"attributes.{name}", f"relationships.{name}"])
        assert found["attributes"][name] == found["relationships"][name] == value
    assert chosen(record, ["*"]) == record
    assert list(empty_lists(condensed(record))) == []


def empty_lists(value: JSON) -> Iterator[JSON]:
    """The members of objects that are lists without items."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        if isinstance(value, dict) and member == []:
            yield member
        yield from empty_lists(member)


def test_a_field_that_no_record_has_is_told_unless_it_could_be_data() -> None:
    """A misspelt name would otherwise look like an empty value."""
    wanted = ["name", "emial", "custom.x", "attributes.naem", "jane@doe.example", "12345678"]
    assert not_found([RECORD], wanted) == ["emial", "attributes.naem"]
    assert not_found([RECORD, {"id": "2", "attributes": {"emial": 1}}], ["emial"]) == []


async def test_fields_are_for_the_answer_and_are_not_sent(
    server: McpServer, caller: Caller, upstream: FakeUpstream
) -> None:
    """The API would refuse a parameter it does not know."""
    got = await server.calls.call(caller, LIST, {"limit": 2, "fields": ["n", "org"]})
    single = await server.calls.call(caller, GET, {"id": JANE, "fields": ["name"]})
    assert upstream.sent() == ["GET /v1/customers?page=1&pageSize=2", f"GET /v1/customers/{JANE}"]
    assert got.document["result"][0] == {"type": "customer", "id": "0" * 24, "attributes": {"n": 0}}
    assert got.document["fields_not_found"] == ["org"]
    assert single.document == {"type": "customer", "id": JANE, "fields_not_found": ["name"]}


async def test_a_listing_goes_on_with_other_fields(server: McpServer, caller: Caller) -> None:
    """What is shown of a record does not decide which records there are."""
    first = await server.calls.call(caller, LIST, {"limit": 1, "fields": ["n"]})
    onward = await server.calls.call(caller, LIST, {"limit": 1, "next_cursor": first.document["next_cursor"]})
    assert [record["attributes"]["n"] for record in onward.document["result"]] == [1]


async def test_no_more_is_read_in_clear_than_is_asked_for(server: McpServer, caller: Caller) -> None:
    """Who verifies a phone needs no other value in a transcript."""
    clear = replace(caller, grant=replace(caller.grant, scope=Scope()))
    given = {"customer_id": JANE, "reason": "to verify", "fields": ["phones.phone"]}
    got = await server.calls.call(clear, READ_UNMASKED, given)
    assert got.document["customer"] == {
        "type": "customer",
        "id": JANE,
        "attributes": {"phones": [{"phone": "+14155550100"}]},
    }
