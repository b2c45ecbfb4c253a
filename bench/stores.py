"""What a kept world costs over HTTP: the same calls with `--store sqlite:///…` and in memory alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.asking import Side, product_side
from bench.figures import Figure
from bench.processes import module, serving
from bench.throughput import compared


def measure() -> Iterator[Figure]:
    """Answers per second of the one over those of the other, in turns."""
    with TemporaryDirectory() as folder:
        store = f"sqlite:///{Path(folder) / 'kept.db'}"
        with (
            serving(module("bench.product")) as memory,
            serving(module("bench.product", "--store", store)) as sqlite,
        ):
            kept, plain = product_side(sqlite), product_side(memory)
            for name, asking in (("GET", Side.different_customers), ("POST conversation", Side.conversations)):
                yield compared(f"{name}, SQLite store / memory", asking(kept), asking(plain))
