"""The engine: a job is run as it is, and once for each point, each time in a fork of the same state, and judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

from kustomer_sandbox.exploring.exploration import Exploration, JobDescription, smallest
from kustomer_sandbox.exploring.judging import complaints
from kustomer_sandbox.exploring.points import CRASHES, FAULTS, Point, known_faults
from kustomer_sandbox.exploring.run import JobRun, KustomerLike, finished
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.journal_summary import REFUSED_FROM
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.testkit.asserting.effects import EffectsSince
from kustomer_sandbox.testkit.patches.sleep import patched_sleep
from kustomer_sandbox.testkit.pii import leaks
from kustomer_sandbox.testkit.pii.logs import log_calls
from kustomer_sandbox.testkit.pii.sensitive import Search, SensitiveValue, sensitive_values
from kustomer_sandbox.testkit.seeding import Acts
from kustomer_sandbox.testkit.shared import Asked, ResponseLog, SharedApi
from kustomer_sandbox.testkit.webhooks.faults import DELIVERY_FAULTS

_CLEAN_REPEATS = 1_000
_MOST_STEPS = 1_000
"""A job of more calls would take hours."""

_FAILS = "The job fails before explore has anything go wrong."
_CHANGING = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\dT[0-9:.]+Z?|0x[0-9a-f]+")


@dataclass(kw_only=True)
class Engine:
    """Runs `job` in forks of the world of `origin`; it is given a `Kustomer` on each, and what is noted of the run.

    What varies is what goes wrong or, if there are some, what happens in the world meanwhile: `when`, by names. `holds`
    is called with the `Kustomer` of each run in which the job returned; what it raises does not hold. `most` is how
    often a call may be made more than in the clean run. `kill` ends a job that is another process, which sleeps in real
    time. `told` says how its exploration is told. Calls pass through `api`.
    """

    origin: KustomerLike
    job: Callable[[Any, JobRun], object]
    told: JobDescription
    most: int
    when: Mapping[str, Acts] = field(default_factory=dict)
    holds: Callable[[Any], object] | None = None
    kill: Callable[[], None] | None = None
    api: SharedApi = field(init=False)
    _search: Search = field(init=False)
    _run_now: JobRun = field(init=False)

    def __post_init__(self) -> None:
        self._happened: set[str] = set()
        self.api = replace(self.origin.api, through=self._call, response_log=ResponseLog(), baselines={})
        self._since = EffectsSince(self.origin.world)

    def explore(self, faults: Iterable[str], at: tuple[int, str] | None) -> Exploration:
        """Try these faults, or all, at every step, or one point. Raises what the job raises when nothing goes wrong.

        `ValueError` says that there is no such fault or point, or too many, or what never happens.
        """
        faulty = FAULTS if self.told.step == "call" else DELIVERY_FAULTS
        if taken := self.when.keys() & faulty:
            raise ValueError(f"{min(taken)!r} is the name of a fault; call what happens otherwise")
        known = [*faulty, *self.when]
        wanted = known_faults([at[1]] if at else list(faults) or list(self.when), known)
        with nullcontext() if self.kill else patched_sleep(self._sleep):
            clean = self._run(Point(), {}, _CLEAN_REPEATS)
            steps, points = self._points(clean, wanted, at)
            usual = Counter(call.asked for call in clean.calls)
            said = complaints(clean, clean)
            found = [(Point(), complaint) for complaint in said]
            for point in points:
                run = self._run(point, usual, self.most)
                found += [(point, complaint) for complaint in complaints(run, clean, said)]
        if never := {point.fault for point in points} & self.when.keys() - self._happened:
            raise ValueError(f"{min(never)!r} does not happen at any call: each time its acts are refused")
        findings = tuple(smallest(found, ("", *steps)))
        return Exploration(told=self.told, calls=tuple(steps), points=len(points), findings=findings)

    def _points(
        self, clean: JobRun, faults: Sequence[str], at: tuple[int, str] | None
    ) -> tuple[Sequence[str], Sequence[Point]]:
        """What the numbers of points count, deliveries or calls, and the points to try."""
        told = self.told
        steps = clean.events if told.step == "delivery" else list(map(clean.operation, range(1, len(clean.calls) + 1)))
        if not 0 < len(steps) <= _MOST_STEPS:
            raise ValueError(f"explore takes jobs of 1 to {_MOST_STEPS} {told.steps}; this one makes {len(steps)}")
        if at and not 0 < at[0] <= len(steps):
            raise ValueError(f"the job makes {len(steps)} {told.steps}; there is no {told.step} {at[0]}")
        every = (Point(number, fault) for number in range(1, len(steps) + 1) for fault in faults)
        # Tools do not die with the client.
        return steps, [Point(*at)] if at else [
            point for point in every if not (point.fault in CRASHES and clean.calls[point.number - 1].is_by_tool)
        ]

    def _run(self, point: Point, usual: Mapping[Asked, int], most: int) -> JobRun:
        """What comes of one point. A client that has died of a crash is started again, and nothing goes wrong then."""
        with self.api.lock:
            world = self.api.worlds.fork(self.origin.world, f"{self.origin.world.name}-explored")
        present = self.origin.on_fork(self.api, world)
        self._run_now = run = JobRun(present, point, usual, most, self.kill, self.when.get(point.fault))
        try:
            for acts in () if point.number else self.when.values():  # what cannot be is told before anything is run
                present.when.forget(present.when(do=acts))
            places = self._attempt(run)
            if run.is_dead and not run.overdone and point.fault in CRASHES:
                run.is_dead, run.lives = False, run.lives + 1
                places = self._attempt(run)
            if not point.number:
                self._search = self._search_after(run)
            run.entries = {entry.seq: entry for entry in world.journal.entries}
            if any(entry.path == run.tied and entry.status < REFUSED_FROM for entry in run.entries.values()):
                self._happened.add(point.fault)
            run.effects = self._since.of(world, run.entries.values())
            run.windows = tuple(window.customer for window in windows(world))
            run.leaks = tuple(dict.fromkeys(leaks.leaks(self._search, places)))
            run.broken = self._not_held(run)
        finally:
            present.close()
        return run

    def _attempt(self, run: JobRun) -> list[leaks.SearchedPlace]:
        """Do the job once, and note how that ended; gives what it printed, logged and raised."""
        run.fault, run.answer, printed = None, "", StringIO()
        with log_calls() as logged, redirect_stdout(printed), redirect_stderr(printed):
            try:
                run.answer = _CHANGING.sub("*", repr(finished(self.job(run.kustomer, run))))
            except KeyboardInterrupt:
                raise
            except BaseException as raised:  # noqa: BLE001 - `Died`, and what test frameworks raise
                run.fault = raised
            places = [*leaks.from_logs(logged), *leaks.from_output([("the output", printed.getvalue())])]
        return [*places, *leaks.from_exception(run.fault)]

    def _not_held(self, run: JobRun) -> str:
        """What does not hold, in the words of whoever says so; raised if it does not hold without a fault either."""
        run.is_over = True
        run.kustomer.world.faults.clear()
        try:
            if self.holds and run.is_done:
                finished(self.holds(run.kustomer))
        except Exception as raised:
            if not run.point.number:
                raised.add_note(_FAILS)
                raise
            return _CHANGING.sub("*", f"{type(raised).__name__}: {raised}".splitlines()[0])
        return ""

    def _call(self, request: Request, answer: Callable[[Request], Reply]) -> Reply:
        return self._run_now.call(request, answer)

    def _sleep(self, seconds: float) -> None:
        self._run_now.kustomer.clock.advance(seconds)

    def _search_after(self, clean: JobRun) -> Search:
        """Who looks for the key, and the values that are masked in a run in which nothing went wrong."""
        if clean.fault is not None:
            clean.fault.add_note(_FAILS)
            raise clean.fault
        key = clean.kustomer.api_key
        own = SensitiveValue(text=key, owner="the API key", spellings=frozenset({key}), digits="")
        return Search([*sensitive_values(clean.kustomer.world, self._since.start, known={}, plan=()), own])
