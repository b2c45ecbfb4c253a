"""An agent: a model says which tool to call next, until it has an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mcp import Client
from mcp.types import Tool


@dataclass(frozen=True)
class Call:
    """A tool that the model wants called."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A call that was made, and what came of it."""

    call: Call
    result: dict[str, Any]


Model = Callable[[str, Sequence[Tool], Sequence[Step]], Call | str]
"""Is given the task, the tools and the steps so far; says what to call next, or its answer."""


async def run(model: Model, task: str, mcp_url: str, at_most: int = 20) -> str:
    """The model's answer to a task; `at_most` calls are made on the way."""
    steps: list[Step] = []
    async with Client(mcp_url) as client:
        tools = (await client.list_tools()).tools
        while isinstance(said := model(task, tools, steps), Call):
            if len(steps) == at_most:
                raise RuntimeError(f"No answer after {at_most} calls.")
            result = await client.call_tool(said.tool, said.arguments)
            steps.append(Step(said, result.structured_content or {}))
    return said
