"""The streams of the console: told at once, caught up with, and ended with their world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import anyio
import pytest
from sse_starlette import ServerSentEvent

from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.web.console import live
from kustomer_sandbox.web.console.control_changes import ControlChanges
from kustomer_sandbox.web.console.live import LOOK_SECONDS, Pace, stream

SOON = 5.0


class Stage:
    """A world, its key, and the news of the control API that a test makes itself."""

    def __init__(self) -> None:
        self.api: Api = create_api()
        self.world: World = self.api.worlds.create(WorldSpec(name="main"))
        self.key, _ = issue_key(self.api.worlds, self.world)
        self.news = ControlChanges(_answer_nothing)
        self.asked: list[int] = []

    def call(self) -> None:
        headers = {"authorization": f"Bearer {self.key}"}
        self.api.handle(Request(method="GET", path="/v1/users/current", headers=headers))

    async def rows(self, since: int) -> tuple[str, int]:
        """What a page is sent for the entries after a number: their numbers."""
        self.asked.append(since)
        entries = self.world.journal.last(since=since, limit=3)
        return " ".join(str(entry.seq) for entry in entries), self.world.journal.total

    def events(self, *, since: int = 0, acts: int = 0) -> AsyncIterator[ServerSentEvent]:
        made = stream(
            self.api.worlds,
            self.world,
            self.news,
            ControlChanges(_answer_nothing),
            since=since,
            acts=acts,
            new_rows=self.rows,
        )
        return made.body_iterator  # type: ignore[return-value]


async def _answer_nothing(*_: object) -> None:
    """An application whose answer nobody looks at."""


async def told(events: AsyncIterator[ServerSentEvent]) -> tuple[str | None, object]:
    """The next event, which must come soon."""
    with anyio.fail_after(SOON):
        event = await anext(events)
    return event.event, event.data


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_an_entry_is_told_once_and_at_once(stage: Stage) -> None:
    events = stage.events()
    async with anyio.create_task_group() as group:
        group.start_soon(_later, stage.call)
        assert await told(events) == ("rows", "1")
    assert await told(events) == ("changed", "1")
    stage.call()
    assert await told(events) == ("rows", "2")


async def test_what_came_while_the_page_was_on_its_way_is_told_first(stage: Stage) -> None:
    """Between the making of a page and its stream there is a moment that nobody listens in."""
    stage.call()
    assert await told(stage.events(since=0)) == ("rows", "1")


async def test_a_reader_that_was_slow_is_caught_up_at_a_bounded_cost(stage: Stage) -> None:
    """Nothing is queued for it: it is sent the newest, however many have come; the journal alone keeps any."""
    events = stage.events()
    stage.call()
    assert await told(events) == ("rows", "1")
    for _ in range(50):
        stage.call()
    assert await told(events) == ("changed", "51")
    assert await told(events) == ("rows", "49 50 51")
    assert stage.asked == [0, 1]


def test_pages_are_made_anew_at_a_bounded_pace_and_after_the_last_thing_that_happened() -> None:
    """One that hears too much would be busy with that alone; one that misses the last would show what was before."""
    instants = iter([100.0, 100.0, 100.0, 100.3, 100.3, 101.0, 101.0])
    pace = Pace(instants.__next__)
    pace.owe()
    assert pace.is_due()
    pace.owe()
    assert not pace.is_due()
    assert pace.patience() == pytest.approx(0.7)
    assert pace.is_due()
    assert (pace.is_due(), pace.patience()) == (False, LOOK_SECONDS)


async def test_the_last_of_many_is_always_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PACE_SECONDS", 0.2)
    events = stage.events()
    heard: list[tuple[str | None, object]] = [("", "")]
    stage.call()
    while heard[-1] != ("changed", "3"):
        heard.append(await told(events))
        if stage.world.journal.total < 3:
            stage.call()
    assert ("rows", "1") in heard


async def test_an_act_of_the_control_api_is_told(stage: Stage) -> None:
    """It leaves no entry; reading is no act."""
    events = stage.events()
    scope = {"type": "http", "path": "/_sandbox/worlds/main/clock"}

    async def act() -> None:
        await stage.news({**scope, "method": "GET"}, _never, _answer_nothing)  # type: ignore[arg-type]
        await stage.news({**scope, "method": "POST"}, _never, _answer_nothing)  # type: ignore[arg-type]

    async with anyio.create_task_group() as group:
        group.start_soon(act)
        assert await told(events) == ("changed", "0")
    assert stage.news.acts == 1


async def test_a_stream_ends_with_its_world(stage: Stage) -> None:
    events = stage.events()
    stage.call()
    assert (await told(events), await told(events)) == (("rows", "1"), ("changed", "1"))
    stage.api.worlds.drop("main")
    assert await told(events) == ("gone", "main")


async def _later(do: Callable[[], None]) -> None:
    await anyio.lowlevel.checkpoint()
    do()


async def _never() -> None:
    await anyio.sleep_forever()
