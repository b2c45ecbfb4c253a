"""A sandbox with 100,000 conversations and a full journal, for the browser to visit: `python -m` with a port."""

from __future__ import annotations

import json
import socket
import sys

from kustomer_sandbox.app import create_sandbox
from kustomer_sandbox.serving import listen, serve
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.journal import CAPACITY
from kustomer_sandbox.simulator.world.world import World

CUSTOMERS, EACH = 1_000, 100


def fill(world: World) -> None:
    """A thousand customers with a hundred conversations each."""
    context = system_context(world)
    for number in range(CUSTOMERS):
        customer = new_record(context, "customer", {"name": f"Customer {number}"})
        world.records.insert(customer)
        for one in range(EACH):
            conversation = new_record(context, "conversation", {"name": f"Question {one}", "status": "open"})
            related = {**conversation["relationships"], "customer": {"type": "customer", "id": customer["id"]}}
            world.records.insert({**conversation, "relationships": related})


def main(bound: socket.socket) -> None:
    api = create_api()
    api.worlds.add_scenario("large", fill)
    base_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    spec = WorldSpec(name="large", scenario="large", limits={"org": 1_000_000})
    sandbox = create_sandbox(spec, base_url=base_url, api=api, is_shared=False)
    headers = {"authorization": f"Bearer {sandbox.api_key}"}
    for _ in range(CAPACITY):
        api.handle(Request(method="GET", path="/v1/users/current", headers=headers))
    sandbox.world.records.count("conversation")  # files them all in the indexes, as the first list would
    facts = {"base_url": base_url, "api_key": sandbox.api_key, "world": "large"}
    serve(sandbox.app, bound, on_ready=lambda: print(json.dumps(facts), flush=True))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main(listen("127.0.0.1", int(sys.argv[1])))
