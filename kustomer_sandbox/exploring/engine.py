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
from typing import Generic, TypeVar

from kustomer_sandbox.exploring.effects import Plain
from kustomer_sandbox.exploring.exploration import Exploration, Found, Told
from kustomer_sandbox.exploring.judging import Outcome, complaints
from kustomer_sandbox.exploring.points import CRASHES, DELIVERY_FAULTS, FAULTS, Point, known_faults, points
from kustomer_sandbox.exploring.run import Asked, Forked, Run, Stuck, explored
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.world.views import windows
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.patches.sleep import patched_sleep
from kustomer_sandbox.testkit.pii import leaks
from kustomer_sandbox.testkit.pii.logs import log_calls
from kustomer_sandbox.testkit.pii.sensitive import Search, SensitiveValue, sensitive_values
from kustomer_sandbox.testkit.shared import SharedApi

CLEAN_REPEATS = 1_000
MOST_STEPS = 1_000
"""A job of more calls would take hours."""

_CHANGING = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\dT[0-9:.]+Z?|0x[0-9a-f]+")


W = TypeVar("W", bound=Forked)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """How one call of the job ended: what it returned, in short, or raised, and what it printed and logged."""

    answer: str
    fault: BaseException | None
    places: tuple[leaks.SearchedPlace, ...]


@dataclass(kw_only=True)
class Engine(Generic[W]):
    """Runs `job` in forks of `world`; `opened` makes what the job is given, of a fork and a simulator for its calls.

    `most` is how often a call may be made more than in the clean run. `kill` ends a job that is another process, which
    sleeps in real time. `told` says how its exploration is told.
    """

    api: SharedApi
    world: World
    job: Callable[[W], object]
    opened: Callable[[SharedApi, World], W]
    most: int
    kill: Callable[[], None] | None = None
    told: Told | None = None

    def __post_init__(self) -> None:
        self._own = explored(self.api)
        self._told = self.told or Told.of(self.job)

    def explore(self, faults: Iterable[str], at: tuple[int, str] | None) -> Exploration:
        """Try these faults, or all, at every step, or one point. Raises what the job raises when nothing goes wrong.

        `ValueError` says that there is no such fault or point, or too many.
        """
        known = FAULTS if self._told.step == "call" else DELIVERY_FAULTS
        wanted = known_faults([at[1]] if at else list(faults) or list(known), known)
        return self._explored(wanted, Point(*at) if at else None)

    def _explored(self, faults: Sequence[str], at: Point | None) -> Exploration:
        found, plain, tried = Found(), Plain(self.world), 0
        with nullcontext() if self.kill else patched_sleep(self._sleep):
            clean, search = self._clean(plain)
            steps = clean.steps(self._told.step)
            usual = Counter(call.asked for call in clean.run.calls)
            if at and not 0 < at.number <= len(steps):
                told = self._told
                raise ValueError(f"the job makes {len(steps)} {told.steps}; there is no {told.step} {at.number}")
            said = complaints(clean, clean)
            for complaint in said:
                found.add(Point(), "", *complaint)
            for point in [at] if at else points([is_by_tool for _, is_by_tool in steps], faults):
                tried += 1
                outcome = self._outcome(point, usual, plain, search)
                for complaint in complaints(outcome, clean, said):
                    found.add(point, steps[point.number - 1][0], *complaint)
        calls = tuple(name for name, _ in steps)
        return Exploration(told=self._told, calls=calls, points=tried, findings=tuple(found.all()))

    def _clean(self, plain: Plain) -> tuple[Outcome, Search]:
        """The run in which nothing goes wrong, and who looks for the values that there are then."""
        with self._fork() as forked:
            run = self._begin(forked, Point(), {}, CLEAN_REPEATS)
            attempt = self._attempt(forked)
            if attempt.fault is not None:
                attempt.fault.add_note("The job fails before explore has anything go wrong.")
                raise attempt.fault
            search = _search(forked.world, plain.start, forked.api_key)
            clean = self._judged(run, attempt, plain, search)
        if not 0 < (steps := len(clean.steps(self._told.step))) <= MOST_STEPS:
            raise ValueError(f"explore takes jobs of 1 to {MOST_STEPS} {self._told.steps}; this one makes {steps}")
        return clean, search

    def _outcome(self, point: Point, usual: Mapping[Asked, int], plain: Plain, search: Search) -> Outcome:
        """What comes of one point. A client that has died of a crash is started again, and nothing goes wrong then."""
        with self._fork() as forked:
            run = self._begin(forked, point, usual, self.most)
            attempt = self._attempt(forked)
            if run.is_dead and not run.overdone and point.fault in CRASHES:
                run.restart()
                attempt = self._attempt(forked)
            return self._judged(run, attempt, plain, search)

    @contextmanager
    def _fork(self) -> Iterator[W]:
        with self._own.lock:
            world = self._own.worlds.fork(self.world, f"{self.world.name}-explored")
        forked = self.opened(self._own, world)
        self._sleeping = forked.clock
        try:
            yield forked
        finally:
            forked.close()

    def _begin(self, forked: W, point: Point, usual: Mapping[Asked, int], most: int) -> Run:
        run = Run(world=forked.world, point=point, usual=usual, most=most, kill=self.kill)
        self._own.runs[:] = [run]
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
        return Attempt(answer=answer, fault=fault, places=(*places, *leaks.from_exception(fault)))

    def _judged(self, run: Run, attempt: Attempt, plain: Plain, search: Search) -> Outcome:
        entries = {entry.seq: entry for entry in run.world.journal.entries}
        return Outcome(
            run=run,
            entries=entries,
            effects=plain.effects(run.world, entries.values()),
            is_done=attempt.fault is None and not run.is_dead,
            is_stuck=isinstance(attempt.fault, Stuck),
            answer=attempt.answer,
            windows=tuple(window.customer for window in windows(run.world)),
            leaks=tuple(dict.fromkeys(leaks.leaks(search, attempt.places))),
        )

    def _sleep(self, seconds: float) -> None:
        self._sleeping.advance(seconds)


def _search(world: World, before: Store, key: str) -> Search:
    """Who looks for the values that a world masks, and for its key."""
    own = SensitiveValue(text=key, owner="the API key", spellings=frozenset({key}), digits="")
    return Search([*sensitive_values(world, before, known={}, plan=()), own])
