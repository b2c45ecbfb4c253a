"""A refusal is a step of the way: whatever a model does wrong, the answer holds the words that lead on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import pytest

from kustomer_sandbox.mcp_server.calling.calls import UnknownTool
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.interop.in_process import Tools, tools_of
from tests.interop.wrong_moves import EMAIL, INTERACTIVE, MOVES, OBJECT, SEARCH, SHIPMENT, UPDATE, Move

Places = dict[str, str]
PRIVATE = ("jane.doe@example.com", "Jane Doe", "Jane Agent", "+15550001111", "a@b.co", "555 555 0101", "Tier 2 Tech")
"""What the moves hold of people; no answer may repeat it."""


@pytest.fixture(scope="module")
def tools(shared_api: Api) -> Tools:
    return tools_of(shared_api, WorldSpec(name="wrong-moves", scenario="demo"))


@pytest.fixture(scope="module")
def places(tools: Tools) -> Places:
    """Ids of the demo world by the names that the moves call them."""

    async def find() -> Places:
        found: Places = {}
        for name, by in (("whatsapp", {"conversation_tags": {"equals": "Urgent"}}), ("email", EMAILED)):
            first = (await tools.call(SEARCH, {"and": [by], "limit": 1})).document["result"][0]
            found |= {name: first["id"], f"{name}_customer": first["relationships"]["customer"]["data"]["id"]}
        for name, tool, arguments in LISTED:
            found[name] = (await tools.call(tool, arguments)).document["result"][0]["id"]
        said = {"conversation_id": found["whatsapp"], "limit": 1}
        messages = (await tools.call("list_all_kustomer_conversation_messages", said)).document["result"]
        jane = await tools.call("kustomer_customers_using_email", {"email": "jane.doe@example.com"})
        return {**found, "message": messages[0]["id"], "jane": jane.document["id"]}

    return anyio.run(find)


EMAILED = {"conversation_channels": {"equals": "email"}}
LISTED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *((name, f"list_all_kustomer_{name}s", {}) for name in ("team", "queue", "user")),
    ("shipment", "list_all_kustomer_custom_objects", {"name": "shipment"}),
)


def filled(value: JSON, places: Places) -> JSON:
    """A value with ids where the names of places stand."""
    if isinstance(value, dict):
        return {name: filled(member, places) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(item, places) for item in value]
    return places[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def answer(tools: Tools, move: Move, places: Places) -> str:
    """What a model reads in place of a result."""

    async def play() -> str:
        try:
            outcome = await tools.call(move.tool, filled(move.arguments, places))
        except UnknownTool as error:
            return error.message
        assert outcome.is_error, f"{move.tool} was not refused"
        return f"{outcome.document['message']} {outcome.document.get('hint', '')}"

    return anyio.run(play)


@pytest.mark.parametrize("move", MOVES, ids=[f"{at}-{move.tool}" for at, move in enumerate(MOVES)])
def test_a_wrong_move_is_answered_with_the_way_on(tools: Tools, places: Places, move: Move) -> None:
    """The words are what a model needs for its next call; no path of the API leads it there, and nobody's data."""
    told = answer(tools, move, places)
    assert [word for word in move.words if word not in told] == [], told
    assert "/v1/" not in told
    assert [text for text in PRIVATE if text in told] == []


def granted(tools: Tools, **scope: Any) -> Tools:
    grant = replace(tools.caller.grant, scope=replace(tools.caller.grant.scope, **scope))
    return replace(tools, caller=replace(tools.caller, grant=grant))


def test_only_tools_of_this_url_are_named(tools: Tools, places: Places) -> None:
    """A tool that is not granted is no way out, and that there is none is said."""
    few = granted(tools, methods=("update",))
    told = answer(few, Move(UPDATE, {"id": "$whatsapp", "queue": "Tier 2"}, ()), places)
    assert "list_all_kustomer_queues" not in told
    assert "no tool of this MCP URL finds it" in told


def test_settings_are_told_of_to_those_alone_who_may_read_them(tools: Tools, places: Places) -> None:
    """A hint is no way around the filters of an MCP server."""
    few = granted(tools, methods=("update",))
    told = answer(few, Move(OBJECT, {**SHIPMENT, "custom": {"delivery_status": "Delayed"}}, ()), places)
    assert "deliveryStatusStr" not in told


def test_the_hint_for_an_interactive_draft_is_a_draft_that_is_taken(tools: Tools, places: Places) -> None:
    """An example that is wrong itself would be worse than none."""
    meta = {
        "interactive": {
            "type": "button",
            "body": {"text": "…"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "…", "title": "…"}}]},
        }
    }
    here = {"customer_id": "$whatsapp_customer", "conversation": "$whatsapp", "app": "whatsapp", "meta": meta}

    async def play() -> bool:
        return (await tools.call(INTERACTIVE, filled(here, places))).is_error

    assert anyio.run(play) is False


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        (EMAIL, {"body": "Hello"}, "create_a_kustomer_customer_whatsapp_interactive_draft"),
        ("create_a_kustomer_customer_sms_draft", {"body": "Hello", "app": "twilio"}, "whatsapp"),
        ("create_a_kustomer_customer_whatsapp_draft", {"body": "Hello", "app": "whatsapp"}, ""),
        ("create_a_kustomer_customer_note_draft", {"body": "Hello"}, ""),
    ],
)
def test_a_draft_on_another_channel_than_its_conversation_is_made_and_told(
    tools: Tools, places: Places, tool: str, arguments: dict[str, Any], words: str
) -> None:
    """Nobody knows that it is refused; but the model has mostly taken the wrong tool, and the right one is named."""
    here = {"customer_id": "$whatsapp_customer", "conversation": "$whatsapp", **arguments}

    async def play() -> JSON:
        return (await tools.call(tool, filled(here, places))).document

    document = anyio.run(play)
    assert document["type"] == "draft"
    note = document.get("note", "")
    assert (words in note) if words else not note
    warnings = [step["detail"] for step in tools.world.journal.entries[-1 if not words else -2].steps()]
    assert any("channel that its conversation" in str(told) for told in warnings) is bool(words)


def test_an_update_of_a_draft_on_another_channel_is_told_too(tools: Tools, places: Places) -> None:
    """The channel is the draft's own there, and not the tool's."""

    async def play() -> JSON:
        made = await tools.call(EMAIL, filled({"customer_id": "$whatsapp_customer", "body": "Hello"}, places))
        moved = {"id": made.document["id"], "channel": "email", "conversation": places["whatsapp"]}
        return (await tools.call("update_a_kustomer_draft_by_id", moved)).document

    assert "The conversation is on whatsapp and the draft is for email." in anyio.run(play)["note"]
