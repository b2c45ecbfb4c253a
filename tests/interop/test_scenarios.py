"""The two scenarios the project began with, played by the official MCP client against the demo world."""

from __future__ import annotations

import json
from typing import Any

import httpx
from mcp.client import Client
from mcp.types import CallToolResult, TextContent

from tests.interop.conftest import Connect, Facts

THREE_BUTTONS = [
    {"type": "reply", "reply": {"id": "earlier", "title": "Earlier flight"}},
    {"type": "reply", "reply": {"id": "later", "title": "Later flight"}},
    {"type": "reply", "reply": {"id": "refund", "title": "Refund"}},
]


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """A successful tool call's data; the same in text and structured content."""
    result = await client.call_tool(tool, arguments)
    text = text_of(result)
    assert not result.is_error, text
    data: dict[str, Any] = json.loads(text)
    assert data == result.structured_content
    return data


def text_of(result: CallToolResult) -> str:
    """The one text part of a result."""
    (part,) = result.content
    assert isinstance(part, TextContent)
    return part.text


def rest(sandbox: Facts, path: str) -> Any:
    """What the API says at a path, past the tool server."""
    answer = httpx.get(sandbox["base_url"] + path, headers={"Authorization": f"Bearer {sandbox['api_key']}"})
    answer.raise_for_status()
    return answer.json()


async def test_a_masked_phone_is_verified_and_masked_again(connect: Connect, sandbox: Facts) -> None:
    """PII verification: look up by e-mail, open a window, read, close; nothing stays open."""
    async with connect() as client:
        found = await call(client, "kustomer_customers_using_email", email="jane.doe@example.com")
        jane = found["id"]
        assert {item["phone"] for item in found["attributes"]["phones"]} == {"***"}
        assert found["attributes"]["custom"]["ssnStr"] == "***"

        await call(client, "create_a_kustomer_customer_unmasking_window", customer_id=jane)
        clear = await call(client, "get_single_kustomer_customer_by_id", id=jane)
        assert all(item["phone"].startswith("+1555555") for item in clear["attributes"]["phones"])
        assert clear["attributes"]["custom"]["ssnStr"] != "***"

        await call(client, "delete_a_kustomer_customer_unmasking_window_by_id", id=jane)
        again = await call(client, "get_single_kustomer_customer_by_id", id=jane)
        assert {item["phone"] for item in again["attributes"]["phones"]} == {"***"}
    assert httpx.get(f"{sandbox['base_url']}/_sandbox/worlds/{sandbox['world']}/windows").json() == []


async def test_the_newest_urgent_whatsapp_conversation_is_drafted_and_escalated(
    connect: Connect, sandbox: Facts
) -> None:
    """Triage: find by tag, draft on the customer's channel, hand over to Tier 2; nothing is sent."""
    async with connect() as client:
        urgent = await tag_named(client, "Urgent")
        page = await call(
            client,
            "list_all_kustomer_search_conversations",
            **{
                "and": [{"conversation_tags": {"equals": urgent}}],
                "sort": [{"conversation_updated_at": "desc"}],
                "limit": 5,
            },
        )
        newest = page["result"][0]
        assert newest["attributes"]["channels"] == ["whatsapp"]
        customer = newest["relationships"]["customer"]["data"]["id"]

        draft = await drafted(client, customer, newest["id"])
        team = await id_named(client, "list_all_kustomer_teams", "Tier 2 Technical Support")
        queue = await id_named(client, "list_all_kustomer_queues", "Tier 2 Technical Support")
        await call(
            client, "update_a_kustomer_conversation_by_id", id=newest["id"], assignedTeams=[team], queue={"id": queue}
        )

    handed_over = rest(sandbox, f"/v1/conversations/{newest['id']}")["data"]
    assert handed_over["attributes"]["assignedTeams"] == [team]
    assert handed_over["relationships"]["queue"]["data"]["id"] == queue
    drafts = rest(sandbox, f"/v1/customers/{customer}/drafts")["data"]
    made = next(found for found in drafts if found["id"] == draft["id"])
    assert made["attributes"]["status"] == "draft"
    assert made["attributes"]["meta"]["interactive"]["action"]["buttons"] == THREE_BUTTONS
    assert handed_over["attributes"]["messageCount"] == newest["attributes"]["messageCount"]


async def test_breached_and_unhappy_conversations_of_the_last_day_are_found(connect: Connect, sandbox: Facts) -> None:
    """The search tool's own example: SLA breached, negative sentiment, updated within 24 hours."""
    world = httpx.get(f"{sandbox['base_url']}/_sandbox/worlds/{sandbox['world']}").json()
    day_before = world["now"].replace("06-09", "06-08")
    async with connect() as client:
        page = await call(
            client,
            "list_all_kustomer_search_conversations",
            **{
                "and": [
                    {"conversation_sla_breached": {"equals": True}},
                    {"conversation_sentiment": {"equals": "unhappy"}},
                    {"conversation_updated_at": {"gte": day_before}},
                ]
            },
        )
    assert page["result"]
    for found in page["result"]:
        assert found["attributes"]["sla"]["breached"] is True
        assert found["attributes"]["sentiment"]["polarity"] == -1
        assert found["attributes"]["updatedAt"] >= day_before


async def test_a_shipment_is_marked_delayed(connect: Connect, sandbox: Facts) -> None:
    """The custom object example: a Klass found by its display name, one object changed."""
    async with connect() as client:
        klasses = await call(client, "list_all_kustomer_klasses")
        name = next(k["attributes"]["name"] for k in klasses["result"] if k["attributes"]["displayName"] == "Shipment")
        shipments = await call(client, "list_all_kustomer_custom_objects", name=name, limit=1)
        shipment = shipments["result"][0]["id"]
        await call(
            client,
            "update_a_kustomer_custom_object_by_id",
            name=name,
            id=shipment,
            custom={"deliveryStatusStr": "Delayed"},
        )
    stored = rest(sandbox, f"/v1/klasses/{name}/{shipment}")["data"]["attributes"]["custom"]
    assert stored["deliveryStatusStr"] == "Delayed"


async def test_the_121st_conversation_comes_back_as_a_refusal_with_the_budget(connect: Connect, sandbox: Facts) -> None:
    """429 is passed through once, with the normalised values; importedAt and time both help."""
    async with connect() as client:
        customer = (await call(client, "kustomer_customers_using_email", email="jane.doe@example.com"))["id"]
        for _ in range(120):
            await call(client, "create_a_kustomer_customer_conversation", customer_id=customer, name="Seat map")
        refused = await client.call_tool(
            "create_a_kustomer_customer_conversation", {"customer_id": customer, "name": "Seat map"}
        )
        envelope = json.loads(text_of(refused))
        assert refused.is_error
        assert envelope["statusCode"] == 429
        told = [envelope["headers"][f"ratelimit-{name}"] for name in ("limit", "remaining", "scope")]
        assert told == ["120", "0", "object"]
        assert "waiting does not help" in envelope["hint"]
        assert "/_sandbox/worlds/demo/clock" in envelope["message"]
        assert 0 < int(envelope["headers"]["ratelimit-reset"]) <= 60
        await call(
            client,
            "create_a_kustomer_customer_conversation",
            customer_id=customer,
            importedAt="2020-01-01T00:00:00.000Z",
        )
    journal = httpx.get(f"{sandbox['base_url']}/_sandbox/worlds/{sandbox['world']}/journal?limit=1000").json()
    assert [entry["status"] for entry in journal["entries"]].count(429) == 1


async def test_bad_arguments_are_named_and_nothing_is_sent(connect: Connect, sandbox: Facts) -> None:
    """A refused argument costs no request and changes nothing."""
    async with connect() as client:
        refused = await client.call_tool("get_single_kustomer_customer_by_id", {"id": "Jane Doe", "verbose": True})
    text = text_of(refused)
    assert refused.is_error
    assert "`id`" in text
    assert "`verbose`" in text
    journal = httpx.get(f"{sandbox['base_url']}/_sandbox/worlds/{sandbox['world']}/journal").json()
    assert journal["total"] == 0


async def drafted(client: Client, customer: str, conversation: str) -> dict[str, Any]:
    """An interactive WhatsApp draft with three buttons."""
    action = {"buttons": THREE_BUTTONS}
    return await call(
        client,
        "create_a_kustomer_customer_whatsapp_interactive_draft",
        customer_id=customer,
        conversation=conversation,
        app="whatsapp",
        meta={"interactive": {"type": "button", "body": {"text": "How shall we rebook you?"}, "action": action}},
    )


async def tag_named(client: Client, name: str) -> str:
    """A tag's id."""
    return await id_named(client, "list_all_kustomer_tags", name)


async def id_named(client: Client, tool: str, name: str) -> str:
    """The id of the record a list tool shows under a name."""
    page = await call(client, tool)
    found: str = next(record["id"] for record in page["result"] if record["attributes"]["name"] == name)
    return found
