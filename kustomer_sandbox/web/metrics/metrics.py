"""What `/_sandbox/metrics` tells, and how it is come by.

Decision: nothing is counted while a call is answered, but for the time it takes, and that from the first scrape on.
Who never asks pays nothing. The cost: of a world that is put back, calls of the last second are missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.world import views, webhooks
from kustomer_sandbox.simulator.world.journal import CAPACITY
from kustomer_sandbox.simulator.world.scheduler import JOBS
from kustomer_sandbox.web.metrics.counting import CallCounts

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Histogram
    from prometheus_client.metrics_core import Metric

    from kustomer_sandbox.episodes.episodes import Episodes
    from kustomer_sandbox.mcp_server.app import McpServer
    from kustomer_sandbox.simulator.keeping.database import WriteTimes

_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PREFIX = "kustomer_sandbox"
OF_ONE_PROCESS = tuple(f"{PREFIX}_{name}" for name in ("call_seconds", "open_leases", "store_"))
"""How the names begin of what each process tells of itself, though others have the same worlds."""

_LOOK_AFTER = CAPACITY // 4
"""So many calls are answered before their journals are read, where no housekeeping sees to that."""


class Metrics:
    """The metrics of one process. `fronts` are the applications whose calls are timed.

    The simulator alone has no tool server and no episodes.
    """

    def __init__(self, api: Api, mcp: McpServer | None = None, episodes: Episodes | None = None) -> None:
        self._api = api
        self._mcp = mcp
        self._episodes = episodes
        self.fronts: list[Front] = []
        self._counts: CallCounts | None = None
        self._registry: CollectorRegistry | None = None
        self._times: Histogram | None = None
        self._timed_calls = 0

    def text(self) -> bytes:
        """All of it as Prometheus reads it. The first time counting begins, with what the journals hold."""
        from prometheus_client import generate_latest  # noqa: PLC0415 - only if asked for

        if self._registry is None:
            self._registry = self._begin()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The families of metrics as they stand, for the library."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - see `text`

        counts = self._counts
        if counts is None:
            return
        counts.look()
        calls = CounterMetricFamily(f"{PREFIX}_calls", "Calls of the API.", labels=("operation", "status"))
        for (operation, status), times in sorted(counts.calls.items()):
            calls.add_metric((operation, str(status)), times)
        refusals = CounterMetricFamily(f"{PREFIX}_budget_refusals", "Calls refused by a budget.", labels=("budget",))
        for budget, times in sorted(counts.refusals.items()):
            refusals.add_metric((budget,), times)
        done = CounterMetricFamily(f"{PREFIX}_due_work_done", "Work that fell due.", labels=("kind", "status"))
        for (kind, status), times in sorted(counts.due.items()):
            done.add_metric((kind, str(status)), times)
        yield from (calls, refusals, done)
        deliveries = GaugeMetricFamily(
            f"{PREFIX}_webhook_deliveries", "Deliveries that the worlds remember, by status.", labels=("status",)
        )
        for state, times in sorted(self._deliveries().items()):
            deliveries.add_metric((state,), times)
        yield deliveries
        if (written := _times_of(self._api)) is not None:
            yield from _store_families(written)
        for name, (words, value) in self._levels().items():
            yield GaugeMetricFamily(f"{PREFIX}_{name}", words, value=value)

    def _levels(self) -> dict[str, tuple[str, int]]:
        worlds = list(self._api.worlds)
        of_tools = {}
        if self._episodes and self._mcp:
            of_tools = {
                "episodes": ("Open episodes.", len(self._episodes.all())),
                "open_leases": ("Windows opened by tools that are not closed.", len(self._mcp.windows.book.own())),
            }
        return {
            "worlds": ("Worlds.", len(worlds)),
            **of_tools,
            "open_windows": ("Open unmasking windows.", sum(len(views.windows(world)) for world in worlds)),
            "due_work_waiting": ("Work that will fall due.", sum(world.store.count(JOBS) for world in worlds)),
            "journal_entries": (
                "Entries that the journals hold.",
                sum(min(world.journal.total, CAPACITY) for world in worlds),
            ),
        }

    def _deliveries(self) -> Counter[str]:
        return Counter(each.status for world in self._api.worlds for each in webhooks.sent(world))

    def _begin(self) -> CollectorRegistry:
        from prometheus_client import (  # noqa: PLC0415 - see `text`
            CollectorRegistry,
            Histogram,
            disable_created_metrics,
        )

        # They would be an instant for each metric, which cannot be summed.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._counts = CallCounts(self._api.worlds)
        if self._mcp:
            self._mcp.housekeeping.chores.append(self._look)
        if (times := _times_of(self._api)) is not None:
            times.measure(perf_counter)
        registry = CollectorRegistry()
        self._times = Histogram(
            f"{PREFIX}_call_seconds",
            "How long calls of the API took, from the first scrape on.",
            buckets=_SECONDS,
            registry=registry,
        )
        registry.register(self)
        for front in self.fronts:
            front.around = self._timed
        return registry

    async def _look(self) -> None:
        if self._counts:
            self._counts.look()

    async def _timed(self, answering: Awaitable[None]) -> None:
        begun = perf_counter()
        await answering
        if self._times:
            self._times.observe(perf_counter() - begun)
        self._timed_calls += 1
        if self._mcp is None and self._counts and self._timed_calls % _LOOK_AFTER == 0:
            self._counts.look()


def _times_of(api: Api) -> WriteTimes | None:
    """What is counted of the store, if the worlds are kept in one."""
    if type(api) is Api:
        return None
    from kustomer_sandbox.simulator.keeping.kept_api import KeptApi  # noqa: PLC0415 - only if asked for

    return api.keeper.database.times if isinstance(api, KeptApi) else None


def _store_families(times: WriteTimes) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - see `Metrics.text`

    name = f"{PREFIX}_store"
    yield CounterMetricFamily(f"{name}_writes", "Writes of the store of worlds.", value=times.writes)
    yield CounterMetricFamily(f"{name}_write_seconds", "How long they took, in all.", value=times.seconds)
    yield CounterMetricFamily(f"{name}_write_failures", "Those that failed.", value=times.failures)
