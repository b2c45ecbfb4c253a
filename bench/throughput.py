"""Calls through the whole pipeline over HTTP, one worker each, against the floor's and against constant bytes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from bench import floor
from bench.asking import Side, product_side
from bench.figures import Figure, interleaved, ratios
from bench.load import Ask, Repeated, once, rate
from bench.processes import ROOT, STOP_SECONDS, free_port, module, pin, serving, until_listening
from bench.startup import floor_process

ROUNDS = 7
SECONDS = 0.7
ROWS: dict[str, Callable[[Side], Ask]] = {
    "GET one customer": Side.one_customer,
    "GET different customers": Side.different_customers,
    "list of 100 customers": Side.list_of_100,
    "PUT customer": Side.changes,
    "POST message": Side.messages,
    "POST conversation": Side.conversations,
}
AGAINST_CONSTANT = ("GET different customers", "POST conversation")


def measure() -> Iterator[Figure]:
    """Requests per second of the product over those of either floor, in turns."""
    port, bytes_port = free_port(), free_port()
    with floor_process(port), _constant(bytes_port), serving(module("bench.product")) as facts:
        until_listening(port, seconds=30)
        until_listening(bytes_port, seconds=30)
        product = product_side(facts)
        plain, constant = (Side(url=f"http://127.0.0.1:{at}", customer=floor.ID) for at in (port, bytes_port))
        for name, asking in ROWS.items():
            yield compared(f"{name} / floor", asking(product), asking(plain))
        for name in AGAINST_CONSTANT:
            yield compared(f"{name} / constant bytes", ROWS[name](product), ROWS[name](constant))


def compared(name: str, ours: Ask, others: Ask) -> Figure:
    """The one's answers a second over the other's, and how long the one's took; each request was answered before."""
    for asked in (ours, others):
        once(asked)
        rate(asked, seconds=SECONDS / 2)
    loads = [Repeated(asked=asked, seconds=SECONDS) for asked in (ours, others)]
    product, bare = interleaved(ROUNDS, *loads)
    return Figure(
        name=name,
        rounds=ratios(product, bare),
        unit="x",
        detail=f"{median(product):.0f}/s against {median(bare):.0f}/s",
        waits=tuple(loads[0].waits),
    )


@contextmanager
def _constant(port: int) -> Iterator[None]:
    with subprocess.Popen(module("bench.constant", str(port)), text=True, cwd=ROOT) as process:
        try:
            pin(process.pid, 0)
            yield
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)
