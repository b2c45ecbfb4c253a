"""Writes `docs/tools.md`: every tool with its words, what it is granted by, and a worked call in the demo world.

`python -m kustomer_sandbox.web.tools_page > docs/tools.md` makes the page anew.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from itertools import groupby

from kustomer_sandbox.contracts.build.examples import filled, tool_example
from kustomer_sandbox.contracts.model import JSON, Contracts, Tool
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.documentation.demo_records import finder

_WIDTH = 120
_HEAD = """# Tools

Made by `python -m kustomer_sandbox.web.tools_page > docs/tools.md` from the contracts.

Each tool with what a model is told, what it can be granted by (`methods` and `tags` of an MCP server), and the
arguments of a worked call. The calls are about records of the demo world, as `kustomer-sandbox up` makes it without
options: Jane Doe, an open conversation, a shipment. A test makes every one of them in a fresh world.
"""


def worked_calls(api: Api) -> dict[str, dict[str, JSON]]:
    """The arguments of a worked call of every tool by its name: of the first world's records, else of the demo's."""
    find = finder(api.worlds)
    return {name: filled(tool_example(api.contracts, tool), find) for name, tool in api.contracts.tools.items()}


def page(api: Api | None = None) -> str:
    """The page as Markdown."""
    api = api or create_api()
    calls = worked_calls(api)
    tools = sorted(api.contracts.tools.values(), key=lambda tool: (_area(api.contracts, tool), tool.name))
    parts = [_HEAD]
    for area, group in groupby(tools, key=lambda tool: _area(api.contracts, tool)):
        parts.append(f"## {area}\n")
        for tool in group:
            parts.extend(_section(api.contracts, tool, calls[tool.name]))
    return "\n".join(parts)


def _area(contracts: Contracts, tool: Tool) -> str:
    return contracts.operations[tool.operation_id].tags[0]


def _section(contracts: Contracts, tool: Tool, call: Mapping[str, JSON]) -> Iterator[str]:
    operation = contracts.operations[tool.operation_id]
    yield f"### `{tool.name}`\n"
    yield f"**{tool.title}**: `{operation.method} {operation.path}`\n"
    yield textwrap.fill(tool.description, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
    tags = ", ".join(f"`{tag}`" for tag in tool.tags)
    yield f"Granted by `methods`: `{tool.kind}` or `{tool.method_name}`; by `tags`: {tags}.\n"
    yield f"```json\n{json.dumps(call, indent=2, ensure_ascii=False)}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
