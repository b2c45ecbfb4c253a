"""Runs a job once as it is, and once for each point, each time in a fork of the same state."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Generic, Protocol, TypeVar

from kustomer_sandbox.exploring.effects import Plain
from kustomer_sandbox.exploring.exploration import Exploration, Found
from kustomer_sandbox.exploring.judging import Outcome, complaints
from kustomer_sandbox.exploring.leaving import Lookout, from_exception
from kustomer_sandbox.exploring.points import CRASHES, FAULTS, Point, known_faults, points
from kustomer_sandbox.exploring.run import Asked, ExploredApi, Run, Stuck, explored
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.clock import ClockControl
from kustomer_sandbox.testkit.patches.sleep import patched_sleep
from kustomer_sandbox.testkit.pii import leaks
from kustomer_sandbox.testkit.pii.logs import log_calls
from kustomer_sandbox.testkit.shared import SharedApi

CLEAN_REPEATS = 1_000
MOST_CALLS = 1_000
"""A job of more calls would take hours."""

_CHANGING = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\dT[0-9:.]+Z?|0x[0-9a-f]+")


class Forked(Protocol):
    """What a job is given: a `Kustomer` on a fork."""

    @property
    def world(self) -> World: ...
    @property
    def api_key(self) -> str: ...
    @property
    def clock(self) -> ClockControl: ...
    def close(self) -> None: ...


W = TypeVar("W", bound=Forked)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """How one call of the job ended: what it returned, in short, or raised, and what it printed and logged."""

    answer: str
    fault: BaseException | None
    places: tuple[leaks.SearchedPlace, ...]


@dataclass(kw_only=True)
class Engine(Generic[W]):
    """Runs `job` in forks of `world`; `opened` makes what the job is given of a fork.

    `most` is how often a call may be made more than in the clean run. `kill` ends a job that is another process, which
    sleeps in real time.
    """

    api: ExploredApi
    world: World
    job: Callable[[W], object]
    opened: Callable[[World], W]
    most: int
    kill: Callable[[], None] | None = None

    def explore(self, faults: Sequence[str], at: Point | None) -> Exploration:
        """Try every point, or one. Raises what the job raises when nothing goes wrong."""
        found, plain, tried = Found(), Plain(self.world), 0
        with nullcontext() if self.kill else patched_sleep(self._sleep):
            clean, lookout = self._clean(plain)
            calls = [clean.operation(call) for call in clean.run.calls]
            usual = Counter(call.asked for call in clean.run.calls)
            if at and not 0 < at.number <= len(calls):
                raise ValueError(f"the job makes {len(calls)} calls; there is no call {at.number}")
            said = complaints(clean, clean)
            for complaint in said:
                found.add(Point(), "", *complaint)
            for point in [at] if at else points([call.is_by_tool for call in clean.run.calls], faults):
                tried += 1
                outcome = self._outcome(point, usual, plain, lookout)
                for complaint in complaints(outcome, clean, said):
                    found.add(point, calls[point.number - 1], *complaint)
        return self._exploration(calls, tried, found)

    def _exploration(self, calls: Sequence[str], tried: int, found: Found) -> Exploration:
        name = getattr(self.job, "__qualname__", type(self.job).__name__)
        module = getattr(self.job, "__module__", "")
        return Exploration(job=name, module=module, calls=tuple(calls), points=tried, findings=tuple(found.all()))

    def _clean(self, plain: Plain) -> tuple[Outcome, Lookout]:
        """The run in which nothing goes wrong, and who looks for the values that there are then."""
        with self._fork() as forked:
            run = self._begin(forked, Point(), {}, CLEAN_REPEATS)
            attempt = self._attempt(forked)
            if attempt.fault is not None:
                attempt.fault.add_note("The job fails before explore has anything go wrong.")
                raise attempt.fault
            if not 0 < len(run.calls) <= MOST_CALLS:
                raise ValueError(f"explore takes jobs of 1 to {MOST_CALLS} calls; this one makes {len(run.calls)}")
            lookout = Lookout(forked.world, plain.start, forked.api_key)
            return self._judged(run, attempt, plain, lookout), lookout

    def _outcome(self, point: Point, usual: Mapping[Asked, int], plain: Plain, lookout: Lookout) -> Outcome:
        """What comes of one point. A client that has died of a crash is started again, and nothing goes wrong then."""
        with self._fork() as forked:
            run = self._begin(forked, point, usual, self.most)
            attempt = self._attempt(forked)
            if run.is_dead and not run.overdone and point.fault in CRASHES:
                run.restart()
                attempt = self._attempt(forked)
            return self._judged(run, attempt, plain, lookout)

    @contextmanager
    def _fork(self) -> Iterator[W]:
        with self.api.lock:
            world = self.api.worlds.fork(self.world, f"{self.world.name}-explored")
        forked = self.opened(world)
        self._sleeping = forked.clock
        try:
            yield forked
        finally:
            forked.close()

    def _begin(self, forked: W, point: Point, usual: Mapping[Asked, int], most: int) -> Run:
        run = Run(world=forked.world, point=point, usual=usual, most=most, kill=self.kill)
        self.api.runs[:] = [run]
        return run

    def _attempt(self, forked: W) -> Attempt:
        fault, answer, printed = None, "", StringIO()
        with log_calls() as logged, redirect_stdout(printed), redirect_stderr(printed):
            try:
                given = self.job(forked)
                answer = _CHANGING.sub("*", repr(asyncio.run(given) if inspect.iscoroutine(given) else given))
            except KeyboardInterrupt:
                raise
            except BaseException as raised:  # noqa: BLE001 - `Died`, and what test frameworks raise
                fault = raised
            places = [*leaks.from_logs(logged), *leaks.from_output([("the output", printed.getvalue())])]
        return Attempt(answer=answer, fault=fault, places=(*places, *from_exception(fault)))

    def _judged(self, run: Run, attempt: Attempt, plain: Plain, lookout: Lookout) -> Outcome:
        entries = {entry.seq: entry for entry in run.world.journal.entries}
        return Outcome(
            run=run,
            entries=entries,
            effects=plain.effects(run.world, entries.values()),
            is_done=attempt.fault is None and not run.is_dead,
            is_stuck=isinstance(attempt.fault, Stuck),
            answer=attempt.answer,
            windows=tuple(window.customer for window in windows(run.world)),
            leaks=lookout.found_in(attempt.places),
        )

    def _sleep(self, seconds: float) -> None:
        self._sleeping.advance(seconds)


def explored_job(
    api: SharedApi,
    world: World,
    job: Callable[[W], object],
    opened: Callable[[SharedApi, World], W],
    *,
    faults: Iterable[str],
    at: tuple[int, str] | None,
    most: int,
    kill: Callable[[], None] | None = None,
) -> Exploration:
    """What is found out about a job, of which `opened` makes what it is given of a fork. Raises `ValueError`."""
    wanted = known_faults([at[1]] if at else list(faults) or list(FAULTS))
    own = explored(api)
    engine = Engine(api=own, world=world, job=job, opened=lambda fork: opened(own, fork), most=most, kill=kill)
    return engine.explore(wanted, Point(*at) if at else None)
