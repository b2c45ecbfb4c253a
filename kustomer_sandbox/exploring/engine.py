"""Runs a job once as it is, and once for each point, each time in a fork of the same state."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

from kustomer_sandbox.exploring.effects import EffectsSince
from kustomer_sandbox.exploring.exploration import Exploration, JobDescription, smallest
from kustomer_sandbox.exploring.judging import Complaint, complaints
from kustomer_sandbox.exploring.points import CRASHES, DELIVERY_FAULTS, FAULTS, Point, known_faults, points
from kustomer_sandbox.exploring.run import Asked, JobRun, KustomerLike
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.testkit.patches.sleep import patched_sleep
from kustomer_sandbox.testkit.pii import leaks
from kustomer_sandbox.testkit.pii.logs import log_calls
from kustomer_sandbox.testkit.pii.sensitive import Search, SensitiveValue, sensitive_values
from kustomer_sandbox.testkit.shared import ResponseLog

_CLEAN_REPEATS = 1_000
_MOST_STEPS = 1_000
"""A job of more calls would take hours."""

_CHANGING = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\dT[0-9:.]+Z?|0x[0-9a-f]+")


@dataclass(kw_only=True)
class Engine:
    """Runs `job` in forks of the world of `origin`; it is given a `Kustomer` on each, and what is noted of the run.

    `most` is how often a call may be made more than in the clean run. `kill` ends a job that is another process, which
    sleeps in real time. `told` says how its exploration is told.
    """

    origin: KustomerLike
    job: Callable[[Any, JobRun], object]
    told: JobDescription
    most: int
    kill: Callable[[], None] | None = None
    _search: Search = field(init=False)

    def __post_init__(self) -> None:
        self._api = replace(self.origin.api, through=self._call, response_log=ResponseLog(), baselines={})
        self._since = EffectsSince(self.origin.world)

    def explore(self, faults: Iterable[str], at: tuple[int, str] | None) -> Exploration:
        """Try these faults, or all, at every step, or one point. Raises what the job raises when nothing goes wrong.

        `ValueError` says that there is no such fault or point, or too many.
        """
        told, found = self.told, list[tuple[Point, str, Complaint]]()
        wanted = known_faults([at[1]] if at else list(faults), FAULTS if told.step == "call" else DELIVERY_FAULTS)
        with nullcontext() if self.kill else patched_sleep(self._sleep):
            clean = self._run(Point(), {}, _CLEAN_REPEATS)
            steps = self._steps(clean)
            if not 0 < len(steps) <= _MOST_STEPS:
                raise ValueError(f"explore takes jobs of 1 to {_MOST_STEPS} {told.steps}; this one makes {len(steps)}")
            if at and not 0 < at[0] <= len(steps):
                raise ValueError(f"the job makes {len(steps)} {told.steps}; there is no {told.step} {at[0]}")
            said = complaints(clean, clean)
            found += [(Point(), "", complaint) for complaint in said]
            tried = [Point(*at)] if at else list(points([is_by_tool for _, is_by_tool in steps], wanted))
            usual = Counter(call.asked for call in clean.calls)
            for point in tried:
                against = complaints(self._run(point, usual, self.most), clean, said)
                found += [(point, steps[point.number - 1][0], complaint) for complaint in against]
        calls = tuple(name for name, _ in steps)
        return Exploration(told=told, calls=calls, points=len(tried), findings=tuple(smallest(found)))

    def _steps(self, run: JobRun) -> Sequence[tuple[str, bool]]:
        """What the numbers of points count, deliveries or calls: what each is of, and whether a tool made it."""
        if self.told.step == "delivery":
            return [(event, False) for event in run.deliveries]
        return [(run.operation(call), call.is_by_tool) for call in run.calls]

    def _run(self, point: Point, usual: Mapping[Asked, int], most: int) -> JobRun:
        """What comes of one point. A client that has died of a crash is started again, and nothing goes wrong then."""
        with self._api.lock:
            world = self._api.worlds.fork(self.origin.world, f"{self.origin.world.name}-explored")
        self._present = self.origin.on_fork(self._api, world)
        try:
            run = JobRun(world=world, point=point, usual=usual, most=most, kill=self.kill)
            self._run_now = run
            places = self._attempt(run)
            if run.is_dead and not run.overdone and point.fault in CRASHES:
                run.is_dead, run.lives = False, run.lives + 1
                places = self._attempt(run)
            if not point.number:
                self._search = self._search_after(run)
            run.entries = {entry.seq: entry for entry in world.journal.entries}
            run.effects = self._since.of(world, run.entries.values())
            run.windows = tuple(window.customer for window in windows(world))
            run.leaks = tuple(dict.fromkeys(leaks.leaks(self._search, places)))
        finally:
            self._present.close()
        return run

    def _attempt(self, run: JobRun) -> list[leaks.SearchedPlace]:
        """Do the job once, and note how that ended; gives what it printed, logged and raised."""
        run.fault, run.answer, printed = None, "", StringIO()
        with log_calls() as logged, redirect_stdout(printed), redirect_stderr(printed):
            try:
                given = self.job(self._present, run)
                run.answer = _CHANGING.sub("*", repr(asyncio.run(given) if inspect.iscoroutine(given) else given))
            except KeyboardInterrupt:
                raise
            except BaseException as raised:  # noqa: BLE001 - `Died`, and what test frameworks raise
                run.fault = raised
            places = [*leaks.from_logs(logged), *leaks.from_output([("the output", printed.getvalue())])]
        return [*places, *leaks.from_exception(run.fault)]

    def _call(self, request: Request, answer: Callable[[Request], Reply]) -> Reply:
        return self._run_now.call(request, answer)

    def _sleep(self, seconds: float) -> None:
        self._present.clock.advance(seconds)

    def _search_after(self, clean: JobRun) -> Search:
        """Who looks for the key, and the values that are masked in a run in which nothing went wrong."""
        if clean.fault is not None:
            clean.fault.add_note("The job fails before explore has anything go wrong.")
            raise clean.fault
        key = self._present.api_key
        own = SensitiveValue(text=key, owner="the API key", spellings=frozenset({key}), digits="")
        return Search([*sensitive_values(clean.world, self._since.start, known={}, plan=()), own])
