"""An in-process GET through a sync httpx client, against respx; what the journal costs of a call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

import httpx
import respx

from bench import floor
from bench.figures import Figure, interleaved, ratios
from bench.product import api_with, jane
from sandbox.transports import SimulatorTransport
from simulator.journal import Journal
from simulator.wire import Request

ONE_TARGET, EIGHTY_TARGET, JOURNAL_TARGET = 0.8, 0.3, 10.0
ROUNDS = 15
CALLS = 200
_ORIGIN = "https://api.kustomerapp.com"


def measure() -> Iterator[Figure]:
    """The same client code each time; only what answers differs."""
    api, key = api_with()
    path = f"/v1/customers/{jane(api)}"
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(transport=SimulatorTransport(api), base_url=_ORIGIN, headers=headers) as client:
        ours, one, eighty = interleaved(
            ROUNDS,
            lambda: _timed(lambda: client.get(path)),
            lambda: _stubbed(1),
            lambda: _stubbed(80),
        )
    mine = median(ours) * 1e6
    for name, others, target in (("one respx route", one, ONE_TARGET), ("eighty respx routes", eighty, EIGHTY_TARGET)):
        yield Figure(
            name=f"in-process GET / {name}",
            rounds=ratios(ours, others),
            unit="x",
            sense="at most",
            target=target,
            detail=f"{mine:.0f} us against {median(others) * 1e6:.0f} us",
        )
    request = Request(method="GET", path=path, headers=headers)
    yield _journal(lambda: api.handle(request).status)


def _stubbed(routes: int) -> float:
    """Seconds per GET of a client whose calls meet a respx router of so many routes; the last one fits."""
    with respx.mock(base_url=_ORIGIN, assert_all_called=False) as router:
        for number in range(routes):
            id = floor.ID if number == routes - 1 else f"{number:024x}"
            router.get(f"/v1/customers/{id}").respond(json={"data": floor.CUSTOMER})
        with httpx.Client(base_url=_ORIGIN) as client:
            return _timed(lambda: client.get(f"/v1/customers/{floor.ID}"))


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
        sense="at most",
        target=JOURNAL_TARGET,
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
