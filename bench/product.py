"""The product as it is measured under load: the shipped application and server, its budgets counted but not reached."""

from __future__ import annotations

import argparse
import gc
import json
import secrets
import sys
from functools import partial
from typing import Any

from bench.many import CONVERSATIONS, CUSTOMERS, conversation_id, customer_id
from kustomer_sandbox.command.keeping import keeping
from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.serving import behind_proxies, listen, serve
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi
from kustomer_sandbox.simulator.keeping.opening import open_kept
from kustomer_sandbox.simulator.world.limits import ceilings_of
from kustomer_sandbox.simulator.world.world import World

ENDLESS = 1_000_000_000
"""A budget too large to be used up: a load ends in answers, not in 429s."""


def endless(contracts: Contracts) -> dict[str, int]:
    """Every budget, counted and never reached."""
    return dict.fromkeys(ceilings_of(contracts.limits, next(iter(contracts.limits.plans)), {}), ENDLESS)


def api_with(scenario: str = "demo", *, store: str = "") -> tuple[Api, str]:
    """The API without a server, one world in it, and the world's key; kept in a store if one is named."""
    api = create_api()
    if store:
        api = open_kept(store, api, random_hex=secrets.token_hex)
    world = api.worlds.create(WorldSpec(name="bench", scenario=scenario, mode="real", limits=endless(api.contracts)))
    key, _ = issue_key(api.worlds, world)
    return api, key


def jane(api: Api) -> str:
    """The id of the demo's Jane Doe."""
    world = next(iter(api.worlds))
    return str(world.records.find("customer", "email", "jane.doe@example.com")[0]["id"])


def fill(world: World) -> None:
    """Records to ask for in turn: customers who are Jane Doe under other names, and conversations of hers."""
    jane = world.records.find("customer", "email", "jane.doe@example.com")[0]
    for number in range(CUSTOMERS):
        attributes = {**jane["attributes"], **_own(jane["attributes"], number), "name": f"Customer {number}"}
        world.records.insert({**jane, "id": customer_id(number), "attributes": attributes})
    talk = world.records.find("conversation", "customer", jane["id"])[0]
    for number in range(CONVERSATIONS):
        attributes = {
            **talk["attributes"],
            "name": f"Parcel {number}",
            "status": "open",
            "externalId": f"talk-{number}",
        }
        world.records.insert({**talk, "id": conversation_id(number), "attributes": attributes})


def _own(attributes: dict[str, Any], number: int) -> dict[str, Any]:
    """What no two customers may share."""
    emails = [{**email, "email": f"customer{number}@example.com"} for email in attributes["emails"]]
    phones = [{**phone, "phone": f"+1212{number:07}"} for phone in attributes["phones"]]
    whatsapps = [{**phone, "phone": f"+1212{number:07}"} for phone in attributes.get("whatsapps", ())]
    known = [{**known, "externalId": f"external-{number}"} for known in attributes.get("externalIds", ())]
    return {
        "emails": emails, "phones": phones, "whatsapps": whatsapps,
        "externalId": f"external-{number}", "externalIds": known,
    }  # fmt: skip


def main() -> None:
    """Serve on a free port; one JSON line when ready."""
    parser = argparse.ArgumentParser(prog="python -m bench.product", description=__doc__)
    parser.add_argument("--store", default="", metavar="URL", help="as of `kustomer-sandbox up`")
    api, key = api_with(store=parser.parse_args().store)
    fill(next(iter(api.worlds)))
    if isinstance(api, KeptApi):
        api.keep()
    bound = listen("127.0.0.1", 0)
    facts = {"base_url": f"http://127.0.0.1:{bound.getsockname()[1]}", "api_key": key, "customer": jane(api)}
    serve(
        Front(api, lambda: behind_proxies(keeping(api, create_app(api))), knows_host=HostNames().are_called),
        bound,
        on_ready=partial(_announce, facts),
    )


def _announce(facts: dict[str, str]) -> None:
    gc.freeze()  # as the command does
    print(json.dumps(facts), file=sys.stdout, flush=True)


if __name__ == "__main__":
    main()
