"""Customers who answered a satisfaction survey after a conversation was done, and one who did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case
from kustomer_sandbox.simulator.values.clock import iso

_ANSWERED_AFTER = timedelta(minutes=9)
_ANSWERS: tuple[Mapping[str, Any], ...] = (
    {"status": "commented", "rating": 5, "score": 1, "firstAnswer": "Quick and friendly."},
    {"status": "rated", "rating": 2, "score": 0},
    {"status": "unresponded"},
)


def plan_surveys(stage: Stage, cases: Iterable[Case]) -> None:
    """Plan the answers to surveys on the first few chats that stayed done."""
    chats = (case for case in cases if case.channel == "chat" and case.done and case.done[-1] > case.lines[-1].at)
    for case, answer in zip(islice(chats, len(_ANSWERS)), _ANSWERS, strict=True):
        at = case.done[-1] + _ANSWERED_AFTER
        stage.plan(at, partial(_answer, stage, case, answer, at))


def _answer(stage: Stage, case: Case, answer: Mapping[str, Any], at: datetime) -> None:
    """The response, and what the conversation tells of it."""
    context = stage.context(at)
    conversation = context.records.get_or_404("conversation", stage.id("conversation", case.key))
    answers = [answer["firstAnswer"]] if "firstAnswer" in answer else []
    shown = {name: answer[name] for name in ("status", "rating", "score") if name in answer}
    related = {
        "conversation": {"type": "conversation", "id": conversation["id"]},
        "customer": conversation["relationships"]["customer"],
    }
    facts = {**shown, "channel": case.channel, "answers": answers}
    response = changes.create(context, new_record(context, "satisfaction_response", facts, relationships=related))
    level = {
        **answer,
        "form": stage.id("satisfaction_form", case.channel),
        "formResponse": response["id"],
        "createdAt": iso(case.done[-1]),
        "sentAt": iso(case.done[-1]),
        "updatedAt": iso(at),
        "channel": case.channel,
        "sentBy": stage.id("user", case.user),
        "sentByTeams": [stage.id("team", case.team)],
        "answers": answers,
    }
    rated = changes.update_by_system(context, conversation, {"satisfactionLevel": level})
    summaries.follow(context, rated, before=rated["attributes"]["status"])
