"""The product as it is measured under load: the shipped application and server, its budgets counted but not reached."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import replace
from functools import partial

from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import Contracts, Operation
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.serving import behind_proxies, listen, serve
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec

ENDLESS = 1_000_000_000


def lifted(contracts: Contracts) -> Contracts:
    """The contracts with every budget too large to be used up: a load ends in answers, not in 429s."""
    limits = replace(contracts.limits, plans=dict.fromkeys(contracts.limits.plans, ENDLESS), searches=ENDLESS)
    operations = {id: _lifted(operation) for id, operation in contracts.operations.items()}
    return replace(contracts, limits=limits, operations=operations)


def _lifted(operation: Operation) -> Operation:
    spends = tuple(replace(spend, budget=replace(spend.budget, limit=ENDLESS)) for spend in operation.spends)
    return replace(operation, spends=spends)


def api_with(scenario: str = "demo") -> tuple[Api, str]:
    """The API without a server, one world in it, and the world's key."""
    api = create_api(lifted(load()))
    world = api.worlds.create(WorldSpec(name="bench", scenario=scenario, mode="real"))
    key, _ = issue_key(api.worlds, world)
    return api, key


def jane(api: Api) -> str:
    """The id of the demo's Jane Doe."""
    world = next(iter(api.worlds))
    return str(world.records.find("customer", "email", "jane.doe@example.com")[0]["id"])


def main() -> None:
    """Serve on a free port; one JSON line when ready."""
    api, key = api_with()
    bound = listen("127.0.0.1", 0)
    facts = {"base_url": f"http://127.0.0.1:{bound.getsockname()[1]}", "api_key": key, "customer": jane(api)}
    serve(
        Front(api, lambda: behind_proxies(create_app(api)), knows_host=HostNames().are_called),
        bound,
        on_ready=partial(_announce, facts),
    )


def _announce(facts: dict[str, str]) -> None:
    gc.freeze()  # as the command does
    print(json.dumps(facts), file=sys.stdout, flush=True)


if __name__ == "__main__":
    main()
