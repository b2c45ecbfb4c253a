"""An agent of pydantic-ai works in a world of its own, in a sandbox that runs; the sandbox says whether it did well."""

from __future__ import annotations

import os

import httpx
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.function import FunctionModel
from scripted import careful

SANDBOX = os.environ.get("KUSTOMER_SANDBOX_URL", "http://127.0.0.1:8700")


def test_a_careful_model_passes() -> None:
    """Every criterion of the scenario is met, windows and masked values among them."""
    with httpx.Client(base_url=f"{SANDBOX}/_sandbox") as control:
        begun = control.post("/episodes", json={"scenario": "verify-a-phone"}).raise_for_status().json()
        agent = Agent(FunctionModel(careful), toolsets=[MCPToolset(begun["mcp_url"])])
        answer = agent.run_sync(begun["prompt"]).output
        ended = control.delete(f"/episodes/{begun['episode']}").raise_for_status().json()
    assert "compared" in answer
    assert ended["grade"]["passed"], ended["grade"]
    assert ended["leases"] == []
