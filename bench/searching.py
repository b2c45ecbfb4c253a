"""Search with an indexed filter, in a world of 1,000 and one of 100,000 conversations."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from statistics import median

from bench.figures import Figure, interleaved, ratios
from bench.product import endless
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.world import World

SMALL, LARGE = 1_000, 100_000
MATCHES = 10
ROUNDS = 15
CALLS = 10


def measure() -> Iterator[Figure]:
    """Both searches find as many records: only the size of the world differs."""
    api = create_api()
    small, large = (_search(api, _world(api, size)) for size in (SMALL, LARGE))
    slow, quick = interleaved(ROUNDS, large, small)
    yield Figure(
        name="indexed search, 100,000 / 1,000 conversations",
        rounds=ratios(slow, quick),
        unit="x",
        detail=f"{median(slow) * 1e3:.2f} ms against {median(quick) * 1e3:.2f} ms",
    )


def _world(api: Api, size: int) -> World:
    """A world of so many conversations, ten to each customer."""
    world = api.worlds.create(WorldSpec(name=f"of-{size}", limits=endless(api.contracts)))
    context = system_context(world)
    for number in range(size):
        owner = {"type": "customer", "id": f"{number // MATCHES:024x}"}
        record = new_record(context, "conversation", {"status": "open"}, relationships={"customer": owner})
        world.records.insert(record)
    return world


def _search(api: Api, world: World) -> Callable[[], float]:
    key, _ = issue_key(api.worlds, world)
    criteria = [{"conversation_customer_id": {"equals": f"{3:024x}"}}]
    body = json.dumps({"queryContext": "conversation", "and": criteria}).encode()
    headers = {"authorization": f"Bearer {key}"}
    request = Request(method="POST", path="/v1/customers/search", headers=headers, body=body)
    found = json.loads(api.handle(request).body)
    if len(found.get("data", ())) != MATCHES:
        raise RuntimeError(f"the search to be measured does not find what it should: {found}")
    return lambda: _timed(api, request)


def _timed(api: Api, request: Request) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        api.handle(request)
    return (time.perf_counter() - start) / CALLS
