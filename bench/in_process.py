"""An in-process GET through the test kit's sync client, against respx; what the journal costs of a call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import httpx
import respx

from bench import floor
from bench.figures import Figure, interleaved, ratios
from bench.product import api_with, endless, jane
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.journal import Journal
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.shared import shared
from kustomer_sandbox.transports import SimulatorTransport

ROUNDS = 15
CALLS = 200
_ORIGIN = "https://api.kustomerapp.com"


def measure() -> Iterator[Figure]:
    """The same client code each time. What a test is given counts; a client of one's own on the transport is shown."""
    api, _ = api_with()
    kustomer = Kustomer(
        shared(api), WorldSpec(name="kit", scenario="demo", limits=endless(api.contracts)), folder=Path()
    )
    path = f"/v1/customers/{jane(api)}"
    kit, own = kustomer.client(), httpx.Client(transport=SimulatorTransport(kustomer.api), base_url=_ORIGIN)
    own.headers["authorization"] = f"Bearer {kustomer.api_key}"
    ours, bare, one, eighty = interleaved(
        ROUNDS,
        lambda: _timed(lambda: kit.get(path).raise_for_status()),
        lambda: _timed(lambda: own.get(path).raise_for_status()),
        lambda: _stubbed(1),
        lambda: _stubbed(80),
    )
    for name, others in (("one respx route", one), ("eighty respx routes", eighty)):
        yield _figure(f"in-process GET / {name}", ours, others)
        yield _figure(f"the same with an httpx.Client of one's own / {name}", bare, others)
    request = Request(method="GET", path=path, headers={"authorization": f"Bearer {kustomer.api_key}"})
    yield _journal(lambda: api.handle(request).status)


def _figure(name: str, ours: list[float], others: list[float]) -> Figure:
    return Figure(
        name=name,
        rounds=ratios(ours, others),
        unit="x",
        detail=f"{median(ours) * 1e6:.0f} us against {median(others) * 1e6:.0f} us",
    )


def _stubbed(routes: int) -> float:
    """Seconds per GET of a client whose calls meet a respx router of so many routes; the last one fits."""
    with respx.mock(base_url=_ORIGIN, assert_all_called=False) as router:
        for number in range(routes):
            id = floor.ID if number == routes - 1 else f"{number:024x}"
            router.get(f"/v1/customers/{id}").respond(json={"data": floor.CUSTOMER})
        with httpx.Client(base_url=_ORIGIN) as client:
            return _timed(lambda: client.get(f"/v1/customers/{floor.ID}").raise_for_status())


def _journal(call: Callable[[], object]) -> Figure:
    """A call with the journal as it is, against one whose journal forgets at once."""
    keep = Journal.keep

    def without() -> float:
        Journal.keep = lambda *_: None  # type: ignore[method-assign]
        try:
            return _timed(call)
        finally:
            Journal.keep = keep  # type: ignore[method-assign]

    kept, forgotten = interleaved(ROUNDS, lambda: _timed(call), without)
    return Figure(
        name="journal, of a call in process",
        rounds=tuple(100 * (ratio - 1) for ratio in ratios(kept, forgotten)),
        unit="%",
        detail=f"a call takes {median(kept) * 1e6:.0f} us",
    )


def _timed(call: Callable[[], object]) -> float:
    """Seconds per call."""
    for _ in range(CALLS // 10):
        call()
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS
