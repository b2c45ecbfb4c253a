"""No tool takes a mask off by the way: showing an attribute to everyone is a tool of its own, with a trail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from kustomer_sandbox.mcp_server.model import Scope
from tests.attack.damage import read_only
from tests.attack.hands import ACCOUNT, Hand
from tests.attack.managing import managing
from tests.mcp_server.fakes import FakeUpstream

pytestmark = pytest.mark.anyio

UPDATE = "update_a_kustomer_custom_attribute_by_id"
UNHIDE = "kustomer_custom_attributes_unhide"
PATH = f"/integrated-account/{ACCOUNT.id}/unhidings"


@pytest.fixture(autouse=True)
def accepted(upstream: FakeUpstream) -> None:
    """The upstream takes whatever it is sent."""
    upstream.script = [lambda _: upstream.reply(200, {"data": {"type": "metadata", "id": "customer"}})] * 9


@pytest.mark.parametrize(
    "arguments",
    [
        {"standardProperties": {"phones": {"sensitive": False}}},
        {"standardProperties": {"phones": {"sensitive": {"enabled": False}}}},
        {"properties": {"ssnStr": {"sensitive": False}}},
        {"properties": {"ssnStr": {"displayName": "SSN", "sensitive": {"enabled": False, "maskType": "full"}}}},
        {"properties": {"aStr": {"sensitive": True}, "ssnStr": {"sensitive": False}}},
        {"properties": {"aStr": None}, "standardProperties": {"emails": {"sensitive": False}}},
    ],
    ids=["standard", "object", "custom", "among-others", "after-another", "beside-a-deletion"],
)
async def test_the_update_tool_refuses_to_show_an_attribute(
    hand: Hand, upstream: FakeUpstream, arguments: dict[str, Any]
) -> None:
    """One call would show the phone numbers of all customers, without window, lease or trail."""
    answer = await hand(UPDATE, id="customer", **arguments)
    assert answer.document["statusCode"] == 400
    assert UNHIDE in answer.document["message"]
    assert upstream.sent() == []


@pytest.mark.parametrize("sensitive", [True, {"enabled": True}, {"enabled": True, "maskType": "full"}], ids=str)
async def test_the_update_tool_still_hides(hand: Hand, upstream: FakeUpstream, sensitive: object) -> None:
    """Towards more safety there is nothing to ask."""
    answer = await hand(UPDATE, id="customer", standardProperties={"phones": {"sensitive": sensitive}})
    assert not answer.is_error
    assert upstream.sent() == ["PUT /v1/metadata/customer"]


async def test_the_tool_of_its_own_shows_it_and_leaves_a_line(hand: Hand, upstream: FakeUpstream) -> None:
    """Written before it is sent, and with the answer afterwards; names of attributes, never a value."""
    seen: list[int | None] = []

    def look(request: httpx.Request) -> httpx.Response:
        (line,) = hand.server.unhidings.history(ACCOUNT.id, limit=9)
        seen.append(line.upstream_status)
        assert json.loads(request.content) == {"standardProperties": {"phones": {"sensitive": False}}}
        return upstream.reply(403, {"errors": [{"message": "no"}]})

    upstream.script[0] = look
    refused = await hand(UNHIDE, id="customer", standardProperties={"phones": {"sensitive": False}})
    shown = await hand(
        UNHIDE, id="kobject.order", properties={"bStr": {"sensitive": False}, "aStr": {"sensitive": False}}
    )
    assert (refused.document["statusCode"], shown.is_error, seen) == (403, False, [None])
    async with managing(hand.server, hand.server.default_api_token()) as api:
        first = (await api.get(PATH, params={"limit": 1})).json()
        second = (await api.get(PATH, params={"limit": 1, "next_cursor": first["next_cursor"]})).json()
        log = (await api.get("/log", params={"tool_name": UNHIDE})).json()["result"]
    lines = [*first["result"], *second["result"]]
    assert [(line["object_type"], line["attributes"], line["http_status_code"]) for line in lines] == [
        ("kobject.order", ["aStr", "bStr"], 200),
        ("customer", ["phones"], 403),
    ]
    assert [line["call_id"] for line in lines] == [line["id"] for line in log]
    assert {line["mcp_server_id"] for line in lines} == {hand.caller.grant.server_id}
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"properties": {}},
        {"properties": {"ssnStr": {"sensitive": True}}},
        {"properties": {"ssnStr": {"sensitive": False, "displayName": "x"}}},
        {"properties": {"ssnStr": None}},
        {"properties": {"ssnStr": {}}},
    ],
    ids=["nothing", "empty", "hides", "more", "deletes", "no-word"],
)
async def test_the_tool_of_its_own_does_nothing_else(
    hand: Hand, upstream: FakeUpstream, arguments: dict[str, Any]
) -> None:
    """The trail says what it did; there must be no more to it."""
    assert (await hand(UNHIDE, id="customer", **arguments)).document["statusCode"] == 400
    assert upstream.sent() == []
    assert hand.server.unhidings.history(ACCOUNT.id, limit=9) == []


async def test_nothing_is_shown_that_cannot_be_written_down(hand: Hand, upstream: FakeUpstream) -> None:
    """An audit trail with holes is none."""
    with read_only(hand.server):
        answer = await hand(UNHIDE, id="customer", properties={"ssnStr": {"sensitive": False}})
    assert answer.document["statusCode"] == 503
    assert upstream.sent() == []


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        (Scope(), True),
        (Scope(methods=("custom",)), True),
        (Scope(tags=("privacy",)), True),
        (Scope(methods=("unhide",)), True),
        (Scope(methods=("write",)), False),
        (Scope(methods=("read", "write")), False),
        (Scope(tags=("custom_objects",)), False),
        (Scope(methods=("read", "write"), tags=("privacy",)), False),
    ],
    ids=str,
)
async def test_it_is_granted_by_privacy_and_never_by_write(hand: Hand, scope: Scope, *, shown: bool) -> None:
    """An operator who grants writing does not think of masks."""
    grant = replace(hand.caller.grant, scope=scope)
    tools = hand.server.calls.tools(grant)
    assert (UNHIDE in tools) is shown
    if not shown and UPDATE in tools:
        hand.caller = replace(hand.caller, grant=grant)
        refused = await hand(UPDATE, id="customer", standardProperties={"phones": {"sensitive": False}})
        assert "not granted" in refused.document["message"]


async def test_clients_are_told_that_it_destroys(hand: Hand) -> None:
    """Claude asks its user before such a tool."""
    listed = next(tool for tool in hand.server.calls.listed(hand.caller.grant) if tool.name == UNHIDE)
    assert (listed.annotations["destructiveHint"], listed.annotations["readOnlyHint"]) == (True, False)
