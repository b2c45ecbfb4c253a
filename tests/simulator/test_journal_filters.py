"""The journal as a witness: what a call was, what was decided, whom it concerned, and finding it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.journal import Journal, JournalEntry, JournalMismatch, Wanted
from tests.world_client import WorldClient

CUSTOMERS = "/v1/customers"
SECRET = "jane.doe@example.com"
ENTRY = JournalEntry(
    at="2026-06-09T12:00:00.000Z", method="GET", path=CUSTOMERS, operation="X", status=200, key="key-1"
)

UNKNOWN = {"at": "/***", "reason": "is not a known field here"}
LACKING = {
    "at": "",
    "reason": "This key lacks a needed role; any one of these suffices: "
    "org.permission.customer.read, org.user.customer.read",
}
NOWHERE = {"at": "", "reason": "There is no such path; see /openapi.json for those there are"}


def refused(code: str, rule: str, *problems: Mapping[str, str]) -> dict[str, Any]:
    return {"code": code, "rule": rule, "problems": problems}


def last(client: WorldClient) -> JournalEntry:
    return client.world.journal.entries[-1]


def steps(client: WorldClient) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(step["step"], step["outcome"], step["detail"]) for step in last(client).steps()]


@pytest.fixture
def masked(world_client: WorldClient) -> WorldClient:
    """A world in which phones are sensitive."""
    world_client.put("/v1/metadata/customer", {"standardProperties": {"phones": {"sensitive": True}}})
    return world_client


def test_the_trace_tells_role_budgets_rule_and_masks(masked: WorldClient) -> None:
    """Every decision with what it was based on, in the order of the pipeline."""
    customer = masked.post(CUSTOMERS, {"name": "A", "phones": [{"phone": "+15555550100"}]}).data["id"]
    masked.put(f"{CUSTOMERS}/{customer}", {"name": "B"})
    assert steps(masked) == [
        ("role", "ok", {}),
        ("budget", "ok", {"budget": "org", "used": 3, "limit": 2000}),
        ("budget", "ok", {"budget": "record_updates", "used": 1, "limit": 600, "object": customer}),
        ("rule", "ok", {}),
        ("masks", "applied", {"customer": 1}),
    ]


def test_masks_are_counted_by_type(masked: WorldClient) -> None:
    """Two customers shown with masks are two."""
    for _ in range(2):
        masked.post(CUSTOMERS, {"name": "A"})
    masked.get(CUSTOMERS)
    assert steps(masked)[-1] == ("masks", "applied", {"customer": 2})


def test_a_refusal_names_its_step_and_the_rule_of_the_ledger(world_client: WorldClient) -> None:
    """Who wonders about a refusal is led to the rule that made it."""
    world_client.post(CUSTOMERS, {"emails": [{"email": SECRET}]})
    world_client.post(CUSTOMERS, {"emails": [{"email": SECRET}]})
    taken = {"at": "/email", "reason": "Another customer already has this email; it must be unique"}
    assert steps(world_client)[-1] == ("rule", "refused", refused("conflict", "unique-values", taken))
    world_client.post(CUSTOMERS, {SECRET: SECRET})
    assert steps(world_client)[-1] == ("input", "refused", refused("bad_request", "", UNKNOWN))
    world_client.call("GET", CUSTOMERS, key=world_client.new_key("org.user.note.read"))
    assert steps(world_client) == [("role", "refused", refused("forbidden", "", LACKING))]
    world_client.get("/v1/nothing")
    assert steps(world_client) == [("routing", "refused", refused("not_found", "unknown-path-404", NOWHERE))]
    assert SECRET not in str(world_client.world.journal.since(0, 99))


def test_a_spent_budget_is_told_with_its_limit(world_client: WorldClient) -> None:
    """The 429 says in the journal which budget it was."""
    customer = world_client.post(CUSTOMERS, {"name": "A"}).data["id"]
    world_client.world.configure(limits={"record_updates": 2})
    for _ in range(3):
        world_client.put(f"{CUSTOMERS}/{customer}", {"name": "B"})
    step, outcome, detail = steps(world_client)[-1]
    assert (step, outcome, detail["rule"]) == ("budget", "refused", "limit-record_updates")
    assert (detail["budget"], detail["used"], detail["limit"]) == ("record_updates", 2, 2)


def test_an_entry_names_the_customer_the_record_and_its_channel(world_client: WorldClient) -> None:
    """Enough to ask for the drafts of one customer on one channel."""
    customer = world_client.post(CUSTOMERS, {"name": "A", "emails": [{"email": SECRET}]}).data["id"]
    conversation = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
    message = world_client.post(
        f"/v1/conversations/{conversation}/messages", {"channel": "chat", "app": "chat", "preview": SECRET}
    ).data["id"]
    entry = last(world_client)
    assert (entry.customer, entry.record, entry.channel) == (customer, f"message/{message}", "chat")
    for path in (f"/conversations/{conversation}/messages", f"/conversations/{conversation}", f"/messages/{message}"):
        world_client.get(f"/v1{path}")
        assert last(world_client).customer == customer
    world_client.get(f"{CUSTOMERS}/email={SECRET}")
    assert last(world_client).customer == customer
    world_client.post("/v1/conversations", {"customer": SECRET})
    assert last(world_client).customer == ""


def send(client: WorldClient, **headers: str) -> JournalEntry:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client.api.handle(Request(method="GET", path=CUSTOMERS, headers={"authorization": f"Bearer {client.key}", **named}))
    return last(client)


def test_an_entry_names_the_tool_call_that_led_to_it(world_client: WorldClient) -> None:
    """Several REST calls of one tool call are found together."""
    entry = send(world_client, x_mcp_tool="list_all_kustomer_customers", x_mcp_call="call-0000000000000007")
    assert (entry.tool, entry.call) == ("list_all_kustomer_customers", "call-0000000000000007")
    assert world_client.world.journal.find(call="call-0000000000000007") == [entry]


@pytest.mark.parametrize("value", [SECRET, "+15555550100", "two words", "x" * 200, "", "a\nb"])
def test_a_header_that_is_no_plain_name_is_not_kept(world_client: WorldClient, value: str) -> None:
    """A client may put anything there."""
    entry = send(world_client, x_mcp_tool=value, x_mcp_call=value)
    assert (entry.tool, entry.call) == ("", "")


ENTRIES = st.builds(
    lambda **facts: replace(ENTRY, **facts),
    operation=st.sampled_from("XY"),
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from([CUSTOMERS, "/v1/conversations"]),
    status=st.sampled_from([200, 201, 404, 429]),
    tool=st.sampled_from(["", "t"]),
    customer=st.sampled_from(["", "c"]),
)
WANTED = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from("XY"),
        "method": st.sampled_from(["GET", "POST"]),
        "path": st.sampled_from(["/v1/", CUSTOMERS, "/v1/conv"]),
        "status": st.sampled_from([200, 404, "4xx", "2xx", "429", 500]),
        "tool": st.just("t"),
        "customer": st.just("c"),
    },
)


def is_wanted(entry: JournalEntry, wanted: Wanted) -> bool:
    """The filter, said plainly."""
    facts: dict[str, Any] = dict(wanted)
    prefix, status = facts.pop("path", ""), str(facts.pop("status", entry.status))
    return (
        entry.path.startswith(prefix)
        and (str(entry.status) == status or status == f"{entry.status // 100}xx")
        and all(getattr(entry, name) == value for name, value in facts.items())
    )


@given(st.lists(ENTRIES, max_size=8), WANTED, st.integers(0, 9), st.integers(1, 9))
def test_found_is_what_fits_all_that_is_wanted(
    entries: list[JournalEntry], wanted: Wanted, since: int, limit: int
) -> None:
    """In order, after `since`, no more than `limit`; counting counts the same."""
    journal = Journal()
    for entry in entries:
        journal.add(entry)
    numbered = [replace(entry, seq=seq) for seq, entry in enumerate(entries, 1)]
    fitting = [entry for entry in numbered if entry.seq > since and is_wanted(entry, wanted)]
    assert journal.find(since=since, limit=limit, **wanted) == fitting[:limit]
    assert journal.count(since=since, **wanted) == len(fitting)
    assert journal.expect(times=len(fitting), after=since, **wanted) == fitting


def test_a_wrong_number_is_told_with_the_nearest_entries() -> None:
    """The message shows what came close, in order, and where it stopped."""
    journal = Journal()
    journal.add(replace(ENTRY, operation="CreateDraft", channel="sms", tool="a_tool"))
    journal.add(replace(ENTRY, operation="Other"))
    refused = ("rule", "refused", ("code", "rule"), ("conflict", "unique-values"))
    journal.add(replace(ENTRY, operation="CreateDraft", channel="whatsapp", status=409, trace=(refused,)))
    with pytest.raises(JournalMismatch) as told:
        journal.expect(times=2, operation="CreateDraft", channel="whatsapp")
    assert str(told.value).splitlines() == [
        "expected 2 journal entries with operation='CreateDraft', channel='whatsapp' after #0, found 1",
        "the nearest of them:",
        f"  #1 GET {CUSTOMERS} -> 200 CreateDraft [sms] by a_tool",
        f"  #2 GET {CUSTOMERS} -> 200 Other",
        f"  #3 GET {CUSTOMERS} -> 409 CreateDraft [whatsapp] (rule refused: code conflict, rule unique-values)",
    ]
    with pytest.raises(JournalMismatch, match=r"expected 1 .* found 2"):
        journal.expect(operation="CreateDraft")
    with pytest.raises(AssertionError, match="no call was made since"):
        journal.expect(after=3)


def test_of_many_entries_the_nearest_are_shown() -> None:
    """Those that fit best, and of equals the latest: the message stays short."""
    journal = Journal()
    for number in range(20):
        journal.add(replace(ENTRY, operation="Close" if number == 3 else "Far", status=200 + number))
    with pytest.raises(JournalMismatch) as told:
        journal.expect(operation="Close", status=500)
    shown = [line.split()[0] for line in str(told.value).splitlines()[2:]]
    assert shown == ["#4", *(f"#{number}" for number in range(14, 21))]


def test_a_class_of_statuses_is_found() -> None:
    """`4xx` is every refusal of a call, and no other status."""
    journal = Journal()
    for status in (200, 404, 429, 500):
        journal.add(replace(ENTRY, status=status))
    assert [entry.status for entry in journal.find(status="4xx")] == [404, 429]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": 5}, "400 at /name: must be null or a string; CreateCustomer"),
        ({"emails": [{"email": 5}]}, "400 at /emails/0/email: must be a string; CreateCustomer"),
        ({"nme": SECRET}, "400 at /nme: is not a known field here; CreateCustomer"),
        ({SECRET: 1}, "400 at /***: is not a known field here; CreateCustomer"),
        ({"4155550142": 1}, "400 at /***: is not a known field here; CreateCustomer"),
        ({"custom": {"4155550142": 1}}, "400 at /custom/***: is not a known field here; CreateCustomer"),
        ([], "400 at /: must be an object; CreateCustomer"),
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, "at /c: is not a known field here and 2 more; CreateCustomer"),
    ],
    ids=["type", "below", "unknown", "value", "number", "attribute", "whole", "many"],
)
def test_a_line_says_why_a_call_was_refused(world_client: WorldClient, body: Any, told: str) -> None:
    """A red test is understood from its message: the place and the schema's words; what may be a value is masked."""
    world_client.post(CUSTOMERS, body)
    with pytest.raises(JournalMismatch) as shown:
        world_client.world.journal.expect(status=201)
    assert told in str(shown.value)
    assert SECRET not in str(shown.value)
