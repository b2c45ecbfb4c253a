"""GET and POST through the whole pipeline over HTTP, one worker each, against the floor's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from bench import floor
from bench.figures import Figure, interleaved, ratios
from bench.load import Ask, ask, once, rate
from bench.processes import free_port, module, serving, until_listening
from bench.startup import floor_process

GET_TARGET, POST_TARGET = 1.5, 1.2
ROUNDS = 7
SECONDS = 0.7


def measure() -> Iterator[Figure]:
    """Requests per second of the product over those of the floor, in turns."""
    port = free_port()
    with floor_process(port), serving(module("bench.product")) as product:
        until_listening(port, seconds=30)
        plain = f"http://127.0.0.1:{port}"
        key = {"authorization": f"Bearer {product['api_key']}"}
        url, customer = product["base_url"], product["customer"]
        yield _figure(
            "GET one customer / floor",
            ask(url, "GET", f"/v1/customers/{customer}", headers=key),
            ask(plain, "GET", f"/v1/customers/{floor.ID}"),
            target=GET_TARGET,
        )
        yield _figure(
            "POST conversation / floor",
            ask(url, "POST", "/v1/conversations", headers=key, body=_conversation(customer)),
            ask(plain, "POST", "/v1/conversations", body=_conversation(floor.ID)),
            target=POST_TARGET,
        )


def _figure(name: str, ours: Ask, plain: Ask, *, target: float) -> Figure:
    for asked in (ours, plain):
        once(asked)
        rate(asked, seconds=SECONDS / 2)
    product, bare = interleaved(ROUNDS, lambda: rate(ours, seconds=SECONDS), lambda: rate(plain, seconds=SECONDS))
    return Figure(
        name=name,
        rounds=ratios(product, bare),
        unit="x",
        sense="at least",
        target=target,
        detail=f"{median(product):.0f}/s against {median(bare):.0f}/s",
    )


def _conversation(customer: str) -> bytes:
    return json.dumps({"customer": customer, "name": "Where is my parcel?", "priority": 3}).encode()
