"""What the demo organisation has set up beside people and queues: service level agreements, surveys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told

_ADMIN = "Priya Raman"
_METRICS = ("firstResponse", "longestUnrespondedMessage", "totalConversationOpenTime", "totalCustomerWaitTime")
_PRIORITIES = "12345"
_SURVEY = {
    "description": "Asked when a conversation is done.",
    "scale": {"options": 5, "type": "emoji", "labelLow": "Poor", "labelHigh": "Great"},
    "introduction": "Thank you for writing to us.",
    "ratingPrompt": "How did we do?",
    "followUpType": "none",
}
SET_UP_DAYS_AGO = 400


def set_up(stage: Stage) -> None:
    """Write the settings, each as of the day it was made. Users must be known."""
    for sla in told("settings")["slas"]:
        _agree(stage, sla)
    context = stage.context(stage.ago(days=SET_UP_DAYS_AGO), _ADMIN)
    for position, survey in enumerate(told("settings")["surveys"]):
        form = new_record(context, "satisfaction_form", {**_SURVEY, **survey, "position": position})
        stage.known["satisfaction_form", survey["channel"]] = changes.create(context, form)["id"]


def _agree(stage: Stage, sla: Mapping[str, Any]) -> None:
    """An agreement with its versions; `known` has its id and that of the active version by its name."""
    made = stage.ago(days=sla["versions"][0]["at"])
    of = {"type": "sla", "id": stage.world.ids.new(made)}
    ids = [_version(stage, sla, number, of) for number in range(1, len(sla["versions"]) + 1)]
    context = stage.context(made, _ADMIN)
    related = {"versions": [{"type": "sla_version", "id": id} for id in ids]}
    facts = {"currentVersion": len(ids)}
    changes.create(context, new_record(context, "sla", facts, relationships=related, id=of["id"]))
    stage.known["sla", sla["name"]] = of["id"]
    stage.known["sla_version", sla["name"]] = ids[-1]


def _version(stage: Stage, sla: Mapping[str, Any], number: int, of: Mapping[str, str]) -> str:
    facts = sla["versions"][number - 1]
    context = stage.context(stage.ago(days=facts["at"]), _ADMIN)
    attributes = {
        "name": sla["name"],
        "description": facts["description"],
        "version": number,
        "hours": "calendar",
        "metrics": {metric: _metric(facts.get(metric)) for metric in _METRICS},
        "criteria": {"and": [{"conversation_channel": {"operator": "in", "value": sla["channels"]}}]},
    }
    version = new_record(context, "sla_version", attributes, relationships={"sla": of})
    id: str = changes.create(context, version)["id"]
    return id


def _metric(hours: int | None) -> dict[str, Any]:
    if hours is None:
        return {"enabled": False, "times": {}}
    milliseconds = timedelta(hours=hours) // timedelta(milliseconds=1)
    return {"enabled": True, "times": dict.fromkeys(_PRIORITIES, milliseconds)}
