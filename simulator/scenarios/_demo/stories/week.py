"""A week at the desk: when five of the agents were signed in, and what each of them has open, asleep and done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.resources.conversations import conversations, messages
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case
from kustomer_sandbox.simulator.scenarios._demo.stories.work import SHIFT, SHIFT_BEGAN, set_status, sign_in
from kustomer_sandbox.simulator.values.clock import iso

AGENTS = ("Daniel Kim", "Jonas Weber", "Leila Haddad", "Maya Alvarez", "Sofia Rossi")
_DAYS = range(2, 8)
"""How many days ago; yesterday and today everybody was there."""
_TIDIED_MINUTES_AGO = 30
_ASLEEP = timedelta(hours=20)
_SPARE = 2
_REDACTED_MINUTES_AGO = 20
_CHANGES: dict[str, dict[str, Any]] = {"open": {"status": "open"}, "done": {"status": "done"}, "snoozed": {}}


def plan_tidying(stage: Stage, stories: Iterable[Case]) -> None:
    """Plan that each of the agents ends with conversations of every status, as a desk has that is at work."""
    for number, agent in enumerate(AGENTS):
        at = stage.ago(minutes=_TIDIED_MINUTES_AGO - number)
        own = [case.key for case in stories if case.user == agent]
        stage.plan(at, partial(_tidy, stage, agent, own, at))


def look_back(stage: Stage) -> None:
    """Write the week's sessions, and what was taken out of an old message. Comes last, so that it moves no other id."""
    for agent in AGENTS:
        for days in _DAYS:
            late = stage.chance.between(0, 20, "signed in", agent, days)
            began = stage.ago(days=days, minutes=SHIFT_BEGAN + late)
            sign_in(stage, agent, began, f"{days} days ago")
            set_status(stage, agent, began + timedelta(minutes=SHIFT), f"{days} days ago", "offline")
    _redact(stage)


def _tidy(stage: Stage, agent: str, keys: Iterable[str], at: datetime) -> None:
    """Change one conversation of the agent's for each status that is missing; the others stay as they are."""
    records = stage.context(at).records
    mine = [records.get_or_404("conversation", stage.id("conversation", key)) for key in keys]
    by_status = {status: [one for one in mine if one["attributes"]["status"] == status] for status in _CHANGES}
    for status, change in _CHANGES.items():
        if not by_status[status]:
            spare = by_status["done" if status == "open" or len(by_status["open"]) < _SPARE else "open"]
            asleep = {"time": iso(stage.now + _ASLEEP), "status": "scheduled"}
            body = {"snooze": asleep} if status == "snoozed" else change
            path = {"id": spare.pop()["id"]}
            conversations.update(stage.call("UpdateConversationAttributes", at, agent, path=path, body=body))


def _redact(stage: Stage) -> None:
    """The oldest message said too much."""
    [first, *_] = stage.context(stage.now).records.find("message", limit=1)
    at = stage.ago(minutes=_REDACTED_MINUTES_AGO)
    body = {"preview": "(removed: card number)"}
    messages.redact(stage.call("RedactMessage", at, "Priya Raman", path={"id": first["id"]}, body=body))
