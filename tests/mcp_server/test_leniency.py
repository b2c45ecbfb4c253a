"""Arguments as clients and models really send them: read as they are meant, logged, and refused by a strict server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import JSON, Scope
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.forms.leniency import Leniency
from tests.mcp_server.fakes import JANE, JOHN, FakeUpstream

pytestmark = pytest.mark.anyio

GET = "get_single_kustomer_customer_by_id"
LIST = "list_all_kustomer_customers"
TAGS = "list_all_kustomer_tags"
UPDATE = "update_a_kustomer_conversation_by_id"
CUSTOMER = "update_a_kustomer_customer_by_id"
FOUND = "list_all_kustomer_search_conversations"
SMS = "create_a_kustomer_customer_sms_draft"
BUTTONS = "create_a_kustomer_customer_whatsapp_interactive_draft"
USERS = "kustomer_users_get_many"
TAG = "create_a_kustomer_conversation_tag"
Arguments = dict[str, Any]
THREE = [{"type": "reply", "reply": {"id": "a", "title": "Earlier flight"}}]
META = {"interactive": {"type": "button", "body": {"text": "Hi"}, "action": {"buttons": THREE}}}
STATUS: Arguments = {"conversation_status": {"equals": "open"}}
DRAFT: Arguments = {"customer_id": JANE, "app": "twilio", "body": "Hello", "to": "+14155550101"}

FORMS: list[tuple[str, str, Arguments, Arguments, str]] = [
    (
        "a list as JSON text",
        UPDATE,
        {"id": JANE, "assignedTeams": [JOHN]},
        {"assignedTeams": f'["{JOHN}"]'},
        "assignedTeams",
    ),
    ("an object as JSON text", UPDATE, {"id": JANE, "queue": {"id": JOHN}}, {"queue": f'{{"id": "{JOHN}"}}'}, "queue"),
    ("JSON text with white space", FOUND, {"and": [STATUS]}, {"and": f"\n{json.dumps([STATUS], indent=1)}\n"}, "and"),
    ("JSON text within a list", FOUND, {"and": [STATUS]}, {"and": [json.dumps(STATUS)]}, "and"),
    ("JSON text within JSON text", FOUND, {"and": [STATUS]}, {"and": json.dumps([json.dumps(STATUS)])}, "and"),
    ("a number as text", LIST, {"limit": 5}, {"limit": "5"}, "limit"),
    ("a number with a fraction of nothing", LIST, {"limit": 5}, {"limit": "5.0"}, "limit"),
    ("a number inside of an object", UPDATE, {"id": JANE, "priority": 3}, {"priority": "3"}, "priority"),
    ("a boolean as text", TAGS, {"deleted": True}, {"deleted": "true"}, "deleted"),
    ("a boolean as Python writes it", TAGS, {"deleted": False}, {"deleted": "False"}, "deleted"),
    ("null for what is left out", LIST, {}, {"limit": None, "next_cursor": None}, "limit,next_cursor"),
    ("nothing for what is left out", LIST, {}, {"limit": "", "next_cursor": ""}, "limit,next_cursor"),
    ("a list of fields as JSON text", GET, {"id": JANE, "fields": ["phones"]}, {"fields": '["phones"]'}, "fields"),
    (
        "one id where a list is wanted",
        UPDATE,
        {"id": JANE, "assignedTeams": [JOHN]},
        {"assignedTeams": JOHN},
        "assignedTeams",
    ),
    (
        "ids with commas where a list is wanted",
        UPDATE,
        {"id": JANE, "assignedTeams": [JOHN, JANE]},
        {"assignedTeams": f"{JOHN}, {JANE}"},
        "assignedTeams",
    ),
    ("a list where ids with commas are wanted", USERS, {"ids": f"{JANE},{JOHN}"}, {"ids": [JANE, JOHN]}, "ids"),
    ("a list of one id where ids with commas are wanted", USERS, {"ids": JANE}, {"ids": [JANE]}, "ids"),
    ("one tag where a list is wanted", TAG, {"conversation_id": JANE, "body": ["VIP"]}, {"body": "VIP"}, "body"),
    (
        "names of fields with commas",
        GET,
        {"id": JANE, "fields": ["name", "phones"]},
        {"fields": "name, phones"},
        "fields",
    ),
    ("the channel that the tool sets", SMS, DRAFT, {"channel": "sms"}, "channel"),
    ("the channel in other letters", SMS, DRAFT, {"channel": "SMS"}, "channel"),
    (
        "null within an object, and the object as text",
        BUTTONS,
        {"customer_id": JANE, "app": "whatsapp", "meta": META},
        {"meta": json.dumps({"interactive": {**META["interactive"], "footer": None}})},
        "meta",
    ),
]


def one_of(caller: Caller, **scope: Any) -> Caller:
    return replace(caller, grant=replace(caller.grant, scope=Scope(**scope)))


def logged(server: McpServer) -> str:
    now = server.clock.now()
    since, until = now.replace(hour=0), now.replace(hour=23)
    return server.log.find(since, until, filters={}, limit=1)[0][1].coerced


@pytest.mark.parametrize(("tool", "plain", "other", "names"), [form[1:] for form in FORMS], ids=[f[0] for f in FORMS])
async def test_another_form_sends_what_the_plain_form_sends_and_is_logged(
    server: McpServer,
    caller: Caller,
    upstream: FakeUpstream,
    *,
    tool: str,
    plain: Arguments,
    other: Arguments,
    names: str,
) -> None:
    """A model that is refused for a form tries the same again, or gives up; the operator sees that it happened."""
    await server.calls.call(caller, tool, plain)
    assert logged(server) == ""
    await server.calls.call(caller, tool, {**plain, **other})
    first, second = upstream.requests
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)
    assert logged(server) == names


@pytest.mark.parametrize(("tool", "plain", "other"), [form[1:4] for form in FORMS], ids=[form[0] for form in FORMS])
async def test_a_strict_server_takes_the_plain_form_alone(
    server: McpServer, caller: Caller, upstream: FakeUpstream, tool: str, plain: Arguments, other: Arguments
) -> None:
    """Whoever tests a client of their own wants to know."""
    got = await server.calls.call(one_of(caller, strict_arguments=True), tool, {**plain, **other})
    assert got.document["statusCode"] == 400
    assert (upstream.requests, logged(server)) == ([], "")


async def test_null_goes_on_meaning_clear_this(server: McpServer, caller: Caller, upstream: FakeUpstream) -> None:
    """The contract lets it be null: leaving it out would keep the name that was to be taken away."""
    await server.calls.call(caller, UPDATE, {"id": JANE, "name": None, "priority": None})
    assert json.loads(upstream.requests[0].content) == {"name": None}
    assert logged(server) == "priority"


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        (CUSTOMER, {"id": JANE, "birthdayAt": ""}, "birthdayAt"),
        (UPDATE, {"id": JANE, "queue": None}, "queue"),
        (UPDATE, {"id": JANE, "queue": ""}, "queue"),
        (UPDATE, {"id": None}, "id"),
        (GET, {"id": ""}, "id"),
        (LIST, {"limit": "five"}, "limit"),
        (LIST, {"limit": "NaN"}, "limit"),
        (LIST, {"limit": "1" * 5_000}, "limit"),
        (FOUND, {"and": "[" * 5_000}, "and"),
        (FOUND, {"queryContext": "customer"}, "queryContext"),
        (SMS, {**DRAFT, "channel": "email"}, "channel"),
        (SMS, {**DRAFT, "channel": None}, "channel"),
        (UPDATE, {"id": JANE, "assignedTeams": "Tier 2"}, "assignedTeams"),
        (UPDATE, {"id": JANE, "assignedTeams": f"{JOHN},Tier 2"}, "assignedTeams"),
        (UPDATE, {"id": JANE, "name": ["a", "b"]}, "name"),
        (USERS, {"ids": ["Jane"]}, "ids"),
    ],
)
async def test_what_could_mean_something_else_is_refused_by_its_name(
    server: McpServer, caller: Caller, upstream: FakeUpstream, tool: str, arguments: Arguments, named: str
) -> None:
    """Nothing where null would clear, a queue of null where {"id": null} does, another channel: nobody guesses."""
    got = await server.calls.call(caller, tool, arguments)
    assert f"argument `{named}" in got.document["message"]
    assert upstream.requests == []


async def test_a_mistake_inside_of_json_text_is_told_by_its_place(server: McpServer, caller: Caller) -> None:
    """That it came as text is not what has to be changed."""
    wrong = {"interactive": {**META["interactive"], "body": {"text": 5}}}
    got = await server.calls.call(caller, BUTTONS, {"customer_id": JANE, "app": "whatsapp", "meta": json.dumps(wrong)})
    assert "argument `meta.interactive.body.text`" in got.document["message"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search_tools", {"query": "customers", "limit": "3"}),
        ("search_tools", {"query": None}),
        ("get_tool_schema", {"tool_names": f'["{GET}"]'}),
        ("call_tool", {"tool_name": GET, "arguments": json.dumps({"id": JANE})}),
        ("call_tool", {"tool_name": LIST, "arguments": {"limit": "2"}}),
        ("call_tool", {"tool_name": LIST, "arguments": None}),
        ("call_tool", {"name": GET, "args": {"id": JANE}}),
        ("call_tool", {"tool": GET, "parameters": {"id": JANE}}),
        ("call_tool", {"toolName": LIST, "input": {"limit": 2}}),
        ("get_tool_schema", {"tool_names": GET}),
        ("get_tool_schema", {"tool_name": GET}),
        ("get_tool_schema", {"name": GET}),
        ("get_tool_schema", {"names": [GET]}),
        ("search_tools", {"q": "customers"}),
    ],
)
async def test_the_tools_of_discovery_read_other_forms_too(
    server: McpServer, caller: Caller, tool: str, arguments: Arguments
) -> None:
    """There the arguments of a tool are an object within the arguments: the commonest to come as text."""
    got = await server.calls.call(one_of(caller, tool_exposure="discovery"), tool, arguments)
    assert (got.is_error, logged(server) != "") == (False, True)
    strict = one_of(caller, tool_exposure="discovery", strict_arguments=True)
    assert (await server.calls.call(strict, tool, arguments)).is_error


async def test_the_log_shows_names_over_http(server: McpServer, caller: Caller) -> None:
    """Names alone: values may be personal data."""
    await server.calls.call(caller, LIST, {"limit": "5", "next_cursor": None, "jane@doe.example": ""})
    assert logged(server) == "limit,next_cursor"


def test_a_null_in_a_condition_is_not_left_out_and_one_in_a_record_is() -> None:
    """A search would find more than was asked for; a record is made without the member, as if it had not come."""
    inner = {"type": "object", "properties": {"equals": {"type": "string"}, "gte": {"type": "string"}}}
    schema = {"type": "object", "properties": {"and": {"type": "array", "items": inner}}}
    arguments = {"and": [{"equals": "x", "gte": None}]}
    assert Leniency(schema).read(arguments) == (arguments, ())
    assert Leniency(schema, drops_nulls=True).read(arguments) == ({"and": [{"equals": "x"}]}, ("and",))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["[1", "{}", "1e999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_whatever_comes_is_read_without_a_fault_and_valid_arguments_are_not_touched(
    tools: Mapping[str, Definition], data: st.DataObject
) -> None:
    """A model sends anything; what the schema takes stays the very same."""
    definition = tools[data.draw(st.sampled_from(sorted(tools)))]
    names = st.sampled_from([*definition.input_schema["properties"], "other", "channel"])
    given_arguments: dict[str, JSON] = data.draw(st.dictionaries(names, VALUES, max_size=4))
    meant, coerced = definition.leniency.read(given_arguments)
    assert set(coerced) <= given_arguments.keys()
    assert (meant is given_arguments) == (coerced == ())
    assert definition.leniency.read(meant)[0] == meant or "nan" in str(meant)
