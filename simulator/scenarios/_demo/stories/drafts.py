"""Drafts of the demo: replies waiting for approval, a note, and one reply planned for the day after tomorrow.

None belongs to a case somebody may look for: those are left to be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.resources.conversations import drafts
from kustomer_sandbox.simulator.scenarios._demo.customers import Customer
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case
from kustomer_sandbox.simulator.scenarios._demo.stories.conversations import ACCOUNTS, APPS, address
from kustomer_sandbox.simulator.values.clock import iso

_WRITTEN_AFTER = timedelta(minutes=9)
_NOTED_AFTER = timedelta(minutes=14)
_PLANNED_AFTER = timedelta(minutes=30)
_SENT_IN = timedelta(days=2)

Fill = Callable[[Case], Mapping[str, str]]


def plan_drafts(stage: Stage, people: Mapping[str, Customer], stories: Iterable[Case], fill: Fill) -> None:
    """Plan the drafts of everyday stories. `fill` gives what stands in the place of the braces."""
    texts = told("drafts")
    newest = sorted(stories, key=lambda case: case.lines[-1].at, reverse=True)
    unfinished = [case for case in newest if not case.done and case.snoozed is None]
    for channel, text in texts["waiting"].items():
        case = next((case for case in unfinished if case.channel == channel), None)
        if case is not None:
            body = {**_reply(people[case.customer], channel), "body": text.format_map(fill(case))}
            _plan(stage, case, case.lines[-1].at + _WRITTEN_AFTER, body)
    noted = unfinished[0]
    team = {"team": stage.id("team", noted.team)}
    body = {"channel": "note", "body": texts["note"].format_map(fill(noted)), "userMentions": [team]}
    _plan(stage, noted, noted.lines[-1].at + _NOTED_AFTER, body)
    _plan_scheduled(stage, people, newest, texts["scheduled"], fill=fill)


def _plan_scheduled(
    stage: Stage, people: Mapping[str, Customer], newest: Iterable[Case], text: Mapping[str, str], *, fill: Fill
) -> None:
    """Ask the customer of the newest e-mail that is done how it went, in two days."""
    case = next(case for case in newest if case.done and case.channel == "email")
    body = {
        **_reply(people[case.customer], "email"),
        "subject": text["subject"],
        "body": text["body"].format_map(fill(case)),
        "sendAt": iso(stage.now + _SENT_IN),
        "scheduled": True,
    }
    _plan(stage, case, case.lines[-1].at + _PLANNED_AFTER, body)


def _reply(customer: Customer, channel: str) -> dict[str, Any]:
    """The parts of a draft that say how it is sent."""
    if channel not in ACCOUNTS:
        return {"channel": channel}
    there, here = address(customer, channel), ACCOUNTS[channel]
    how = {"channel": channel, "app": APPS.get(channel, channel)}
    if channel == "email":
        return {**how, "to": {"email": there, "name": customer.name}, "from": {"email": here, "name": "Support"}}
    return {**how, "to": there, "from": here}


def _plan(stage: Stage, case: Case, at: datetime, body: Mapping[str, Any]) -> None:
    stage.plan(at, partial(_write, stage, case, at, body=body))


def _write(stage: Stage, case: Case, at: datetime, *, body: Mapping[str, Any]) -> None:
    path = {"id": stage.id("customer", case.customer)}
    body = {**body, "conversation": stage.id("conversation", case.key)}
    drafts.create(stage.call("CreateDraftByCustomer", at, case.user, path=path, body=body))
