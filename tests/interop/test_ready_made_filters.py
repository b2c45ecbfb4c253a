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


def created(sandbox: Facts, **config: Any) -> dict[str, Any]:
    """A new MCP server with this config, as the management API answers."""
    made = httpx.post(
        f"{sandbox['base_url']}/integrated-account/{sandbox['account_id']}/mcp",
        headers={"authorization": f"Bearer {sandbox['api_token']}"},
        json={"config": config},
    )
    return dict(made.raise_for_status().json())


def opened(sandbox: Facts, **config: Any) -> Callable[[], Client]:
    """Opens an official client on a new MCP server with this config."""
    url = created(sandbox, **config)["url"]
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


BOTH = ["verify a masked phone number", "triage by channel and escalate"]
CONFIGS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, BOTH),
    ({"filter": "support"}, BOTH),
    ({"filter": "privacy"}, BOTH[:1]),
    ({"filter": "read_only"}, []),
    ({"methods": ["read", "write"], "tags": ["conversations", "customers"]}, []),  # a look-up is neither of them
    ({"methods": ["read", "write", "custom"], "tags": ["conversations", "customers", "privacy"]}, BOTH[:1]),
    ({"methods": ["read"]}, []),
    ({"methods": ["list"], "tags": ["directory"]}, []),
]


@pytest.mark.parametrize(("config", "sufficient_for"), CONFIGS, ids=str)
async def test_a_creation_tells_what_is_listed_and_what_for_it_suffices(
    sandbox: Facts, config: dict[str, Any], sufficient_for: list[str]
) -> None:
    """An operator learns it before a model stands there without the tool it needs."""
    made = created(sandbox, **config)
    async with Client(made["url"]) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
    assert (made["tool_count"], made["sufficient_for"]) == (len(listed), sufficient_for)
    assert not listed & {tool for lacks in made["missing"].values() for tool in lacks}
    assert created(sandbox, **config, tool_exposure="discovery")["tool_count"] == len(listed)


async def test_health_counts_what_is_listed(sandbox: Facts) -> None:
    """The one tool that is none of the contracts' was left out."""
    async with Client(sandbox["mcp_url"]) as client:
        listed = (await client.list_tools()).tools
    assert httpx.get(f"{sandbox['base_url']}/_sandbox/health").json()["tools"] == len(listed)
