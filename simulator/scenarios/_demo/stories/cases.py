"""Which conversations the demo has: the cases told once, and the everyday stories told to many customers.

Pure: nothing here writes to the world.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kustomer_sandbox.simulator.scenarios._demo.customers import Customer
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told

STORIES_TOLD = 120
_CHANNELS = (
    "email", "chat", "sms", "whatsapp", "email", "facebook", "chat", "voice", "email", "instagram", "whatsapp",
    "chat", "twitter-dm", "email", "sms",
)  # fmt: skip
_PACE = {"email": (25, 220), "chat": (1, 6), "voice": (90, 900)}
_USUAL_PACE = (3, 55)
_FEWEST_LINES = 2
_NEWEST = timedelta(minutes=35)
_SETTLED = timedelta(days=12)
_LONGEST_WAIT = timedelta(hours=3)
"""Everyday customers are answered within it, which keeps agreements; who waited longer stands in `cases.yaml`."""
_FIRST, _LAST = 60 * 24 * 60, 17 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLine:
    """One message: `in` from the customer or `out` from an agent."""

    direction: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One conversation as it is going to happen. Texts still hold their fields in braces.

    `done` is each time it was marked so; a customer who writes after that opens it again.
    """

    key: str
    customer: str
    channel: str
    name: str
    lines: tuple[CaseLine, ...]
    tags: tuple[str, ...]
    team: str
    user: str
    priority: int
    mood: int
    custom: Mapping[str, str]
    done: tuple[datetime, ...] = ()
    snoozed: datetime | None = None
    parcel: str = ""


def once_told(stage: Stage) -> list[Case]:
    """The cases somebody may look for."""
    return [_once(stage, f"case-{number}", told_case) for number, told_case in enumerate(told("cases"))]


def _once(stage: Stage, key: str, case: Mapping[str, Any]) -> Case:
    named = {"causeStr": case.get("cause"), "bookingReferenceStr": case.get("booking")}
    return Case(
        key=key,
        customer=case["customer"],
        channel=case["channel"],
        name=case["name"],
        lines=tuple(
            CaseLine(direction=way, at=stage.ago(minutes=minutes), text=text) for way, minutes, text in case["lines"]
        ),
        tags=tuple(case["tags"]),
        team=case["team"],
        user=case["user"],
        priority=case["priority"],
        mood=case["mood"],
        custom={name: value for name, value in named.items() if value},
        done=tuple(stage.ago(minutes=minutes) for minutes in case.get("done", ())),
        parcel=case.get("parcel", ""),
    )


def often_told(stage: Stage, people: Iterable[Customer]) -> list[Case]:
    """Everyday conversations of these people over all channels, spread over the past two months."""
    stories = told("stories")
    agents = members()
    reachable = {
        channel: stage.chance.shuffled([c.name for c in people if channel in c.channels], channel)
        for channel in _CHANNELS
    }
    used: dict[str, int] = defaultdict(int)
    cases = []
    for number in range(STORIES_TOLD):
        channel = _CHANNELS[number % len(_CHANNELS)]
        names = reachable[channel]
        story = stories[(number * 7 + number // len(stories)) % len(stories)]
        cases.append(
            _often(stage, f"story-{number}", story, customer=names[used[channel] % len(names)], channel=channel,
                   agents=agents[story["team"]])
        )  # fmt: skip
        used[channel] += 1
    return cases


def members() -> dict[str, list[str]]:
    """Working agents by team."""
    found: dict[str, list[str]] = defaultdict(list)
    for user in told("organisation")["users"]:
        for team in user["teams"]:
            found[team].append(user["name"])
    return found


def _often(
    stage: Stage, key: str, story: Mapping[str, Any], *, customer: str, channel: str, agents: Sequence[str]
) -> Case:
    lines = _lines(stage, key, story["lines"], channel=channel)
    complete = len(lines) == len(story["lines"])
    last = lines[-1].at
    old = stage.now - last > _SETTLED
    waits = lines[-1].direction == "in" and stage.now - last > _LONGEST_WAIT
    done = complete and (old or waits or stage.chance.between(1, 4, key, "done") > 1)
    snoozed = not done and lines[-1].direction == "out" and stage.chance.between(1, 2, key, "snoozed") == 1
    thanked = complete and len(lines) > _FEWEST_LINES and lines[-1].direction == "in"
    return Case(
        key=key,
        customer=customer,
        channel=channel,
        name=story["name"],
        lines=lines,
        tags=tuple(story["tags"]),
        team=story["team"],
        user=stage.chance.pick(agents, key, "agent"),
        priority=stage.chance.pick((1, 2, 3, 3, 3, 4), key, "priority"),
        mood=1 if thanked else story["mood"],
        custom={},
        done=(last + timedelta(minutes=stage.chance.between(2, 25, key, "wrap-up")),) if done else (),
        snoozed=stage.now + timedelta(hours=stage.chance.between(5, 120, key, "wakes")) if snoozed else None,
        parcel=story.get("parcel", ""),
    )


def _lines(stage: Stage, key: str, story: Sequence[Sequence[str]], *, channel: str) -> tuple[CaseLine, ...]:
    """The story's lines from a start within sixty days, as far as they have been told by now; two at least."""
    low, high = _PACE.get(channel, _USUAL_PACE)
    # Squared, so that recent days have more conversations than old ones.
    share = stage.chance.between(0, 999, key, "start") ** 2 / 1_000_000
    at = stage.ago(minutes=_LAST + int((_FIRST - _LAST) * share))
    old = stage.now - at > _SETTLED
    told_of = len(story) if old else stage.chance.between(_FEWEST_LINES, len(story), key, "told")
    lines = []
    for number, (direction, text) in enumerate(story[:told_of]):
        if number >= _FEWEST_LINES and stage.now - at < _NEWEST:
            break
        lines.append(CaseLine(direction=direction, at=at, text=text))
        at += timedelta(minutes=stage.chance.between(low, high, key, number), seconds=stage.chance.between(0, 59, key))
    is_told = len(lines) == len(story)
    while not is_told and lines[-1].direction == "in" and stage.now - lines[-1].at > _LONGEST_WAIT:
        lines.pop()
    return tuple(lines)
