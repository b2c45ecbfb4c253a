"""An agent of LangChain works in a world of its own, in a sandbox that runs; the sandbox says whether it did well."""

from __future__ import annotations

import asyncio
import os

import httpx
from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from scripted import Careful

SANDBOX = os.environ.get("KUSTOMER_SANDBOX_URL", "http://127.0.0.1:8700")


async def answer(task: str, mcp_url: str) -> str:
    """What the agent says in the end; every call of a tool has a session of its own."""
    client = MultiServerMCPClient({"kustomer": {"transport": "streamable_http", "url": mcp_url}})
    agent = create_agent(Careful(), await client.get_tools())
    said = await agent.ainvoke({"messages": [{"role": "user", "content": task}]})
    text: str = said["messages"][-1].text
    return text


def test_a_careful_model_passes() -> None:
    """Every criterion of the scenario is met, windows and masked values among them."""
    with httpx.Client(base_url=f"{SANDBOX}/_sandbox") as control:
        begun = control.post("/episodes", json={"scenario": "verify-a-phone"}).raise_for_status().json()
        said = asyncio.run(answer(begun["prompt"], begun["mcp_url"]))
        ended = control.delete(f"/episodes/{begun['episode']}").raise_for_status().json()
    assert "compared" in said
    assert ended["grade"]["passed"], ended["grade"]
    assert ended["leases"] == []
