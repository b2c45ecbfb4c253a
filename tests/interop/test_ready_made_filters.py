"""The two scenarios over URLs with ready-made filters, played to their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mcp import MCPError
from mcp.client import Client

from kustomer_sandbox.mcp_server.model import FilterName
from tests.interop import test_scenarios as scenarios
from tests.interop.conftest import Facts

VERIFY, TRIAGE = (
    scenarios.test_a_masked_phone_is_verified_and_masked_again,
    scenarios.test_the_newest_urgent_whatsapp_conversation_is_drafted_and_escalated,
)


def opened(sandbox: Facts, **config: Any) -> Callable[[], Client]:
    """Opens an official client on a new MCP server with this config."""
    made = httpx.post(
        f"{sandbox['base_url']}/integrated-account/{sandbox['account_id']}/mcp",
        headers={"authorization": f"Bearer {sandbox['api_token']}"},
        json={"config": config},
    )
    url = made.raise_for_status().json()["url"]
    return lambda: Client(url)


@pytest.mark.parametrize("name", ["support", "support_wide", "wide", "privacy"])
async def test_a_masked_phone_can_be_verified(sandbox: Facts, name: FilterName) -> None:
    """What the filter promises by its name and count it keeps by its tools."""
    await VERIFY(opened(sandbox, filter=name), sandbox)


@pytest.mark.parametrize("name", ["support", "support_wide"])
async def test_the_newest_urgent_conversation_can_be_drafted_and_escalated(sandbox: Facts, name: FilterName) -> None:
    """With the look-up of the team's id, without which no model gets there."""
    await TRIAGE(opened(sandbox, filter=name), sandbox)


async def test_read_only_ends_where_something_would_change(sandbox: Facts) -> None:
    """The look-up works and shows masks; nothing opens a window."""
    async with opened(sandbox, filter="read_only")() as client:
        found = await scenarios.call(client, "kustomer_customers_using_email", email="jane.doe@example.com")
        assert {item["phone"] for item in found["attributes"]["phones"]} == {"***"}
        with pytest.raises(MCPError):
            await client.call_tool("create_a_kustomer_customer_unmasking_window", {"customer_id": found["id"]})
