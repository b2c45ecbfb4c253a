"""The work of the last days: which conversations went through queues, and who was signed in to take them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.conversations import work_items
from kustomer_sandbox.simulator.resources.organisation import work_sessions
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case
from kustomer_sandbox.simulator.scenarios._demo.stories.conversations import CONNECTOR

_DAYS = 7
_ROUTED_AFTER = timedelta(seconds=2)
_NOW = ("available", "available", "busy", "unavailable")
SHIFT = 8 * 60
SHIFT_BEGAN = 60
"""Minutes: how long a shift is, and how long before the hour of the world's now it began."""


def plan_work(stage: Stage, cases: Iterable[Case]) -> None:
    """Plan a work item for each case of the last days, and the agents' sessions of yesterday and today."""
    since = stage.ago(days=_DAYS)
    for case in cases:
        at = case.lines[0].at + _ROUTED_AFTER
        if at >= since and at <= stage.now:
            stage.plan(at, partial(_route, stage, case, at))
    agents = [user["name"] for user in told("organisation")["users"] if user["role"] == "agent"]
    for number, name in enumerate(agents):
        late = stage.chance.between(0, 20, "signed in", name)
        yesterday = stage.ago(days=1, minutes=SHIFT_BEGAN + late)
        stage.plan(yesterday, partial(sign_in, stage, name, yesterday, "yesterday"))
        evening = yesterday + timedelta(minutes=SHIFT)
        stage.plan(evening, partial(set_status, stage, name, evening, "yesterday", "offline"))
        if number % 2 == 0:
            today = stage.ago(minutes=SHIFT_BEGAN + late)
            stage.plan(today, partial(sign_in, stage, name, today, "today"))
            since_then = today + timedelta(minutes=30)
            status = _NOW[number // 2 % len(_NOW)]
            stage.plan(since_then, partial(set_status, stage, name, since_then, "today", status))


def _route(stage: Stage, case: Case, at: datetime) -> None:
    work_items.new_item(stage.context(at, CONNECTOR), stage.id("conversation", case.key))


def sign_in(stage: Stage, name: str, at: datetime, day: str) -> None:
    """A session begins; `day` is what it is known by."""
    context = stage.context(at, name)
    user = {"user": {"type": "user", "id": stage.id("user", name)}}
    made = changes.create(context, new_record(context, "work_session", {}, relationships=user))
    stage.known["work_session", f"{name} {day}"] = made["id"]


def set_status(stage: Stage, name: str, at: datetime, day: str, status: str) -> None:
    """The status of a session; `offline` ends it."""
    path = {"id": stage.id("work_session", f"{name} {day}")}
    work_sessions.update(stage.call("UpdateWorkSessionById", at, name, path=path, body={"statusType": status}))
