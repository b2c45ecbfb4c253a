"""What happens in a world, told to pages as it happens: server-sent events from the journal, the call log, and acts.

Nothing is kept for a page that reads slowly: it holds the number of the last entry that it was told of, and asks the
journal for what has come since when it can take more. What the journal has forgotten by then it is told as a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from kustomer_sandbox.simulator.hosting.worlds import Worlds
    from kustomer_sandbox.simulator.world.world import World
    from kustomer_sandbox.web.console.control_changes import ControlChanges

GATHER_SECONDS: Final = 0.05
"""Between two events: what happens meanwhile is told together."""
PACE_SECONDS: Final = 1.0
"""Between two `changed`: each has a page made anew. The last one always comes, which pages cannot see to themselves."""
LOOK_SECONDS: Final = 15.0
"""How often an idle stream makes sure that its world is still there."""

GRACE_SECONDS: Final = 2.0
"""How long a stream may take to end when the server is told to stop: less than the server itself gives it."""

NewRows = Callable[[int], Awaitable[tuple[str, int]]]
"""Rendered rows for what has come since a number of the journal, and the number that was reached."""


class Heard(Protocol):
    """What tells whoever wants to hear of it that something has happened, such as the log of tool calls."""

    def heard_by(self, tell: Callable[[], None]) -> AbstractContextManager[None]:
        """Have somebody told."""


class Wake:
    """An event that may be set from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def __call__(self) -> None:
        if not self._event.is_set():
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, ending: anyio.Event, seconds: float) -> bool:
        """Whether it was set in this time, before `ending` was; it no longer is afterwards."""
        waiting = {asyncio.ensure_future(self._event.wait()), asyncio.ensure_future(ending.wait())}
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        was_set = self._event.is_set() and not ending.is_set()
        self._event.clear()
        return was_set


class Pace:
    """When the next `changed` may be told: at once if the last is long ago, else as soon as it is. In seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._told = self._clock() - PACE_SECONDS
        self._is_owed = False

    def owe(self) -> None:
        """There is something to tell."""
        self._is_owed = True

    def patience(self) -> float:
        """Seconds until something has to be looked after."""
        return max(self._told + PACE_SECONDS - self._clock(), 0.0) if self._is_owed else LOOK_SECONDS

    def is_due(self) -> bool:
        """Whether it is to be told now; then nothing is owed any more."""
        if not self._is_owed or self._clock() < self._told + PACE_SECONDS:
            return False
        self._told, self._is_owed = self._clock(), False
        return True


@contextmanager
def _heard(world: World, news: ControlChanges, log: Heard) -> Iterator[Wake]:
    wake = Wake()
    with ExitStack() as stack:
        stack.enter_context(world.journal.heard_by(wake))
        stack.enter_context(news.heard_by(wake))
        stack.enter_context(log.heard_by(wake))
        yield wake


async def _events(
    worlds: Worlds,
    world: World,
    news: ControlChanges,
    log: Heard,
    since: int,
    acts: int,
    new_rows: NewRows | None,
    ending: anyio.Event,
) -> AsyncIterator[ServerSentEvent]:
    """`changed` after whatever happened, and `rows` before it where a page wants them; `gone` as the last."""
    seq, pace = since, Pace(asyncio.get_running_loop().time)
    with _heard(world, news, log) as wake:
        if (world.journal.total, news.acts) != (since, acts):
            wake()
        while worlds.get(world.name) is world and not ending.is_set():
            if await wake.wait(ending, pace.patience()):
                pace.owe()
                if new_rows is not None and world.journal.total != seq:
                    rows, seq = await new_rows(seq)
                    yield ServerSentEvent(event="rows", data=rows, id=str(seq))
            if pace.is_due():
                yield ServerSentEvent(event="changed", data=str(world.journal.total))
            await asyncio.sleep(GATHER_SECONDS)
    if not ending.is_set():
        yield ServerSentEvent(event="gone", data=world.name)


def stream(
    worlds: Worlds,
    world: World,
    news: ControlChanges,
    log: Heard,
    *,
    since: int,
    acts: int,
    new_rows: NewRows | None = None,
) -> EventSourceResponse:
    """The stream of a world's events for one page, which shows entries up to `since` and was made after so many `acts`.

    What happened while the page was on its way is told at once.
    """
    ending = anyio.Event()
    events = _events(worlds, world, news, log, since, acts, new_rows, ending)
    return EventSourceResponse(events, shutdown_event=ending, shutdown_grace_period=GRACE_SECONDS)
