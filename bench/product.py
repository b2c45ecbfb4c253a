"""The product as it is measured under load: the shipped application and server, its budgets counted but not reached."""

from __future__ import annotations

import gc
import json
import sys
from functools import partial

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.serving import behind_proxies, listen, serve
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.limits import ceilings_of

ENDLESS = 1_000_000_000
"""A budget too large to be used up: a load ends in answers, not in 429s."""


def endless(contracts: Contracts) -> dict[str, int]:
    """Every budget, counted and never reached."""
    return dict.fromkeys(ceilings_of(contracts.limits, next(iter(contracts.limits.plans)), {}), ENDLESS)


def api_with(scenario: str = "demo") -> tuple[Api, str]:
    """The API without a server, one world in it, and the world's key."""
    api = create_api()
    world = api.worlds.create(WorldSpec(name="bench", scenario=scenario, mode="real", limits=endless(api.contracts)))
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
