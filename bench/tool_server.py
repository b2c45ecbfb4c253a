"""The tool server as `up` serves it, with one MCP server that has many tools and one that has a single tool."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import replace

from bench.product import endless, jane
from kustomer_sandbox.app import create_sandbox
from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import Contracts, Operation, Tool
from kustomer_sandbox.mcp_server.model import Account, Scope
from kustomer_sandbox.serving import behind_proxies, listen, serve
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.upstreams.accounts import KEY_ENV

MANY = 170
TOOL = "get_single_kustomer_customer_by_id"
"""The tool that is called."""


def crowded(contracts: Contracts) -> Contracts:
    """The contracts with as many tools as the largest tool servers have; those made up are copies that differ by name.

    The tool that is called carries the tag `alone` as well, so that a filter can leave it as the only one.
    """
    tools = dict(contracts.tools)
    copies = [tool for tool in tools.values() if tool.name != TOOL]
    for number in range(MANY - len(tools)):
        name = f"{copies[number % len(copies)].name}_{number}"
        tools[name] = replace(copies[number % len(copies)], name=name)
    tools[TOOL] = replace(tools[TOOL], tags=(*tools[TOOL].tags, "alone"))
    return replace(contracts, tools=tools, operations=_operations(contracts, tools))


def _operations(contracts: Contracts, tools: Mapping[str, Tool]) -> dict[str, Operation]:
    of = {id: tuple(tool for tool in tools.values() if tool.operation_id == id) for id in contracts.operations}
    return {id: replace(operation, tools=of[id]) for id, operation in contracts.operations.items()}


def main() -> None:
    """Serve on a free port; one JSON line when ready."""
    api = create_api(crowded(load()))
    bound = listen("127.0.0.1", 0)
    origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
    spec = WorldSpec(name="bench", scenario="demo", mode="real", limits=endless(api.contracts))
    made = create_sandbox(spec, base_url=origin, api=api)
    account = Account(id=made.account_id, base_url=origin, key_env=KEY_ENV)
    _, one = made.mcp.provision(account, name="one", scope=Scope(tags=("alone",)))
    facts = {
        "many_url": f"{origin}/mcp/{made.mcp_token}",
        "one_url": f"{origin}/mcp/{one}",
        "customer": jane(api),
    }

    def ready() -> None:
        gc.freeze()  # as the command does
        print(json.dumps(facts), flush=True)

    serve(Front(api, lambda: behind_proxies(made.app)), bound, on_ready=ready)


if __name__ == "__main__":
    main()
