"""Refused arguments: each message names the argument and the way out, and repeats no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.contracts.model import Argument
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.arguments import problems
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.teaching.hints import CURSOR_HINT
from tests.mcp_server.fakes import JANE

Tools = Mapping[str, Definition]
GET = "get_single_kustomer_customer_by_id"
LIST = "list_all_kustomer_customers"


def refusals(tools: Tools, tool: str, /, **given: JSON) -> list[str]:
    return problems(tools[tool], given, available=tools)


def test_good_arguments_have_no_problems(tools: Tools) -> None:
    """A false refusal would lock a model out of a call that is right."""
    assert refusals(tools, GET, id=JANE) == []
    assert refusals(tools, LIST, limit=1) == []


def test_a_name_where_an_id_is_needed_names_the_tool_that_finds_it(tools: Tools) -> None:
    """The commonest mistake of a model: it knows the person, not the id."""
    assert refusals(tools, GET, id="Jane Doe") == [
        (
            "argument `id`: must be an id of 24 hexadecimal digits; give the id, not a name or an e-mail address; "
            "kustomer_customers_using_email or kustomer_customers_using_external_id or kustomer_customers_using_phone "
            "finds it"
        )
    ]


def test_only_granted_tools_are_named_as_a_way_out(tools: Tools) -> None:
    """Pointing at a tool the token may not see sends a model round in circles."""
    assert problems(tools[GET], {"id": "Jane"}, available={GET: tools[GET]}) == [
        (
            "argument `id`: must be an id of 24 hexadecimal digits; give the id, not a name or an e-mail address; "
            "no tool of this MCP URL finds it, so ask for the id"
        )
    ]


def test_a_missing_id_is_asked_for_with_the_tool_that_finds_it(tools: Tools) -> None:
    """The same way out, when nothing was given at all."""
    assert refusals(tools, GET)[0].startswith("argument `id`: is required; give the id, not a name")


def test_page_numbers_are_answered_with_the_cursor(tools: Tools) -> None:
    """Models know page and offset from elsewhere."""
    assert refusals(tools, LIST, page=2) == [
        f"argument `page`: is not known; use limit and next_cursor to page; {CURSOR_HINT}"
    ]


def test_a_misspelt_argument_names_the_nearest(tools: Tools) -> None:
    """One round trip instead of a guess."""
    assert refusals(tools, "kustomer_customers_using_email", email="a@b.c", emial="x") == [
        "argument `emial`: is not known; did you mean `email`?"
    ]


def test_an_argument_the_tool_fixes_names_the_sibling_tools(tools: Tools) -> None:
    """The way to another channel or context is another tool, and it is named."""
    assert refusals(tools, "list_all_kustomer_search_conversations", queryContext="customer") == [
        (
            'argument `queryContext`: is not known; this tool sets it to "conversation" by itself; leave it out. '
            "For another queryContext call list_all_kustomer_search_customers"
        )
    ]


def test_an_argument_of_a_sibling_tool_names_that_tool(tools: Tools) -> None:
    """A field of the e-mail draft in a WhatsApp draft: the channel was chosen wrongly, and that is said."""
    search = "list_all_kustomer_search_conversations"
    subject = Argument(name="subject", place="body", wire="subject", required=False, schema={"type": "string"})
    sibling = replace(tools[search].tool, name="other_channel", arguments=(subject,))
    available = {**tools, "other_channel": replace(tools[search], tool=sibling)}
    assert problems(tools[search], {"subject": "x"}, available=available) == [
        "argument `subject`: is not known; other_channel takes it; this tool does not"
    ]


def test_assignee_is_answered_with_the_real_fields(tools: Tools) -> None:
    """Guides speak of an assignee; the API has assignedUsers, assignedTeams and queue."""
    (message,) = refusals(tools, "update_a_kustomer_conversation_by_id", id=JANE, assignee="Tier 2")
    assert '`assignedUsers` ["…"] or `assignedTeams` ["…"] or `queue` {"id": "…"}' in message
    assert "list_all_kustomer_teams" in message


@pytest.mark.parametrize(
    ("argument", "finder"), [("assignedTeams", "teams"), ("assignedUsers", "users"), ("queue", "queues")]
)
def test_a_team_by_name_is_answered_with_the_tool_that_lists_teams(tools: Tools, argument: str, finder: str) -> None:
    """Hand it to Tier 2: the model knows the name, the API wants the id."""
    for value in ("Tier 2", ["Tier 2"]):
        (message,) = refusals(tools, "update_a_kustomer_conversation_by_id", id=JANE, **{argument: value})
        assert message.startswith(f"argument `{argument}")
        assert f"list_all_kustomer_{finder} finds it" in message


def test_a_name_that_may_be_data_is_not_repeated(tools: Tools) -> None:
    """An argument's name can hold personal data too."""
    (message,) = refusals(tools, GET, **{"id": JANE, "jane.doe@example.com": 1})
    assert message == "argument `?`: is not known; the allowed arguments are id, fields"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_hold_is_refused(tools: Tools, value: JSON) -> None:
    """It could not be sent, and must not break the server."""
    assert refusals(tools, "create_a_kustomer_customer", name=value) == [
        "the arguments must be plain JSON: finite numbers, valid Unicode, moderate depth"
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_no_input_breaks_the_check_and_refusal_agrees_with_the_schema(tools: Tools, data: st.DataObject) -> None:
    """Whatever a model sends: a list of sentences or nothing, and nothing only when the schema agrees."""
    definition = tools[data.draw(st.sampled_from(sorted(tools)))]
    names = st.sampled_from([*definition.input_schema.get("properties", ()), "other"]) | st.text(max_size=8)
    arguments = data.draw(st.dictionaries(names, VALUES, max_size=4))
    found = problems(definition, arguments, available=tools)
    assert all(found)
    if not found:
        assert definition.validator.is_valid(arguments)


CANARY = "c4n4ry@secret"


@given(st.data())
def test_no_value_is_ever_repeated(tools: Tools, data: st.DataObject) -> None:
    """Values may be personal data; a refusal goes into transcripts and logs."""
    definition = tools[data.draw(st.sampled_from(sorted(tools)))]
    shapes = [CANARY, [CANARY], {CANARY: CANARY}, {"equals": CANARY}, [{CANARY: [CANARY]}]]
    names = st.sampled_from([*definition.input_schema.get("properties", ()), "other", CANARY])
    arguments = data.draw(st.dictionaries(names, st.sampled_from(shapes), min_size=1, max_size=4))
    assert CANARY not in " ".join(problems(definition, arguments, available=tools))
