"""The bridge that Claude Desktop needs for a URL, as it is printed, against the product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from kustomer_sandbox.command.claude_config import BRIDGE, ToolTarget, configs
from tests.conformance.conftest import Facts
from tests.conformance.official import PACKAGES, wheel

pytestmark = [pytest.mark.conformance, pytest.mark.slow, pytest.mark.anyio]

SCRIPT = PACKAGES / "mcp-remote" / "dist" / "proxy.js"


def test_the_bridge_that_is_printed_is_the_one_that_is_tried() -> None:
    """`npx -y` would fetch it; here it is installed from the lock."""
    manifest: Any = json.loads((PACKAGES / "mcp-remote" / "package.json").read_text("utf-8"))
    assert f"mcp-remote@{manifest['version']}" == BRIDGE


@pytest.mark.parametrize("discovery", [False, True], ids=["all", "discovery"])
async def test_an_official_client_reads_a_customer_over_the_bridge(
    product: Facts, tmp_path: Path, *, discovery: bool
) -> None:
    """What Claude Desktop does with the printed entry, but for `npx`, which only finds the script."""
    target = ToolTarget(name="kustomer", command=("unused",), mcp_url=product["mcp_url"], discovery=discovery)
    entry = configs(target, "desktop")["claude_desktop_remote"]["mcpServers"]["kustomer"]
    assert entry["args"][:2] == ["-y", BRIDGE]
    process = StdioServerParameters(
        command=str(wheel(executable=True)), args=[str(SCRIPT), *entry["args"][2:]], env={"HOME": str(tmp_path)}
    )
    async with Client(process) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        asked: dict[str, Any] = {"email": "jane.doe@example.com"}
        tool = "kustomer_customers_using_email"
        wrapped = {"tool_name": tool, "arguments": asked}
        got = await client.call_tool(*(("call_tool", wrapped) if discovery else (tool, asked)))
    assert ("call_tool" in names) is discovery
    assert (got.structured_content or {})["type"] == "customer"
