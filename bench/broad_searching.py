"""Broad searches: half of the conversations found, sorted, the first page and page 50, in worlds of three sizes."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from bench.figures import Figure, interleaved, ratios
from bench.product import endless
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.world import World

SMALL, MIDDLE, LARGE = 1_000, 10_000, 100_000
ROUNDS = 15
SORT = {"conversation_created_at": "desc"}
SEARCHES: dict[str, dict[str, Any]] = {
    "status open": {"and": [{"conversation_status": {"equals": "open"}}]},
    "two filters": {
        "and": [{"conversation_status": {"in": ["open", "snoozed"]}}, {"conversation_priority": {"lte": 3}}]
    },
    "or of three": {
        "or": [
            {"conversation_status": {"equals": "snoozed"}},
            {"conversation_priority": {"equals": 3}},
            {"conversation_message_count": {"gte": 5}},
        ]
    },
    "contains": {"and": [{"conversation_name": {"contains": "parcel"}}]},
}


def measure() -> Iterator[Figure]:
    """Milliseconds of processor time in process, once the columns are there."""
    api = create_api()
    small, middle = _world(api, SMALL), _world(api, MIDDLE)
    tracemalloc.start(1)
    before = tracemalloc.get_traced_memory()[0]
    large = _world(api, LARGE)
    for criteria in SEARCHES.values():
        _search(api, large, criteria, 1)()
    gc.collect()
    used = (tracemalloc.get_traced_memory()[0] - before) / 1024 / LARGE
    tracemalloc.stop()
    name = "memory of a conversation, with columns"
    yield Figure(name=name, rounds=(used,), unit="KB")
    for name, criteria in SEARCHES.items():
        for page in (1, 50):
            yield from _compared(name, page, [_search(api, at, criteria, page) for at in (large, middle, small)])


def _compared(name: str, page: int, searches: list[Callable[[], float]]) -> Iterator[Figure]:
    many, some, few = interleaved(ROUNDS, *searches)
    title = f"broad search, {name}, page {page}"
    yield Figure(
        name=f"{title} of {LARGE:,}",
        rounds=tuple(1000 * seconds for seconds in many),
        unit="ms",
        detail=f"{1000 * median(some):.2f} ms at {MIDDLE:,}, {1000 * median(few):.2f} ms at {SMALL:,}",
    )
    if page == 1:
        grown = ratios(many, few)
        yield Figure(name=f"{title}, {LARGE:,} / {SMALL:,}", rounds=grown, unit="x")


def _world(api: Api, size: int) -> World:
    """Conversations of three statuses, five priorities and two subjects, each made at another time."""
    world = api.worlds.create(WorldSpec(name=f"broad-{size}", limits=endless(api.contracts)))
    context, now = system_context(world), world.clock.now()
    for number in range(size):
        at = iso(now - timedelta(seconds=number * 7919 % 1_000_003))
        facts = {
            "status": "open" if number % 2 else ("done", "snoozed")[number // 2 % 2],
            "name": f"{'Parcel is late' if number // 3 % 2 else 'Refund'} {number}",
            "priority": 1 + number % 5,
            "messageCount": number % 7,
            "createdAt": at,
            "updatedAt": at,
        }
        owner = {"type": "customer", "id": f"{number // 10:024x}"}
        world.records.insert(new_record(context, "conversation", facts, relationships={"customer": owner}))
    return world


def _search(api: Api, world: World, criteria: dict[str, Any], page: int) -> Callable[[], float]:
    key, _ = issue_key(api.worlds, world)
    body = json.dumps({"queryContext": "conversation", "sort": SORT, **criteria}).encode()
    headers = {"authorization": f"Bearer {key}"}
    query = f"page={page}&pageSize=100"
    request = Request(method="POST", path="/v1/customers/search", query=query, headers=headers, body=body)
    if api.handle(request).status != 200:  # noqa: PLR2004 - as HTTP has it
        raise RuntimeError(f"the search to be measured is refused: {criteria}")

    def timed() -> float:
        start = time.process_time()
        api.handle(request)
        return time.process_time() - start

    return timed
