"""What the demo organisation has set up beside people and queues: service level agreements, surveys, texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.writing import new_record, without
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
_SEEN_BY_ALL: Mapping[str, Any] = {"defaultVisibility": "view", "teamVisibilities": [], "userVisibilities": []}
SET_UP_DAYS_AGO = 400


def set_up(stage: Stage) -> None:
    """Write the settings, each as of the day it was made. Users must be known."""
    for sla in told("settings")["slas"]:
        _agree(stage, sla)
    context = stage.context(stage.ago(days=SET_UP_DAYS_AGO), _ADMIN)
    _ask(stage, context)
    _list(stage, context)
    _choose(stage, context)


def _ask(stage: Stage, context: Context) -> None:
    for position, survey in enumerate(told("settings")["surveys"]):
        form = new_record(context, "satisfaction_form", {**_SURVEY, **survey, "position": position})
        stage.known["satisfaction_form", survey["channel"]] = changes.create(context, form)["id"]


def _list(stage: Stage, context: Context) -> None:
    """What agents pick from; `known` has the ids of sub-statuses and categories."""
    for kind in ("snippet", "sub_status", "snooze"):
        plural = "sub_statuses" if kind == "sub_status" else f"{kind}s"
        for facts in told("settings")[plural]:
            record = changes.create(context, new_record(context, kind, facts))
            stage.known[kind, facts.get("label", "")] = record["id"]
    for status in told("settings")["routing_statuses"]:
        changes.create(context, new_record(context, "routing_status", status))
    for rule in told("settings")["queue_rules"]:
        queue = {"queue": {"type": "queue", "id": stage.id("queue", rule["queue"])}}
        changes.create(context, new_record(context, "queue_rule", without(rule, "queue"), relationships=queue))
    for search in told("settings")["searches"]:
        maker = stage.context(context.now, search["by"])
        changes.create(maker, new_record(maker, "saved_search", {**_SEEN_BY_ALL, **without(search, "by")}))
    for name in told("settings")["shortcut_categories"]:
        record = changes.create(context, new_record(context, "shortcut_category", {"name": name}))
        stage.known["shortcut_category", name] = record["id"]
    for shortcut in told("settings")["shortcuts"]:
        _shorten(stage, context, shortcut)


def _choose(stage: Stage, context: Context) -> None:
    """Single values of the organisation and of users, and which teams take part in routing."""
    for setting in told("settings")["settings"]:
        changes.create(context, new_record(context, "setting", _named(setting)))
    for setting in told("settings")["user_settings"]:
        own = stage.context(context.now, setting["user"])
        of = {"user": {"type": "user", "id": own.principal.user_id}}
        changes.create(own, new_record(own, "user_setting", _named(without(setting, "user")), relationships=of))
    for team in told("settings")["routing"]:
        id = stage.id("team", team["team"])
        facts = {**without(team, "team"), "queues": [stage.id("queue", name) for name in team["queues"]]}
        of = {"team": {"type": "team", "id": id}}
        changes.create(context, new_record(context, "team_routing_settings", facts, relationships=of, id=id))


def _named(setting: Mapping[str, Any]) -> dict[str, Any]:
    app, category, name = setting["path"].split(".")
    return {**setting, "app": app, "category": category, "name": name}


def _shorten(stage: Stage, context: Context, shortcut: Mapping[str, Any]) -> None:
    kind, parent = "shortcut_category", {}
    if "category" in shortcut:
        parent = {"parent": {"type": kind, "id": stage.id(kind, shortcut["category"])}}
    changes.create(context, new_record(context, "shortcut", without(shortcut, "category"), relationships=parent))


def _agree(stage: Stage, sla: Mapping[str, Any]) -> None:
    """An agreement with its versions."""
    made = stage.ago(days=sla["versions"][0]["at"])
    of = {"type": "sla", "id": stage.world.ids.new(made)}
    ids = [_version(stage, sla, number, of) for number in range(1, len(sla["versions"]) + 1)]
    context = stage.context(made, _ADMIN)
    related = {"versions": [{"type": "sla_version", "id": id} for id in ids]}
    facts = {"currentVersion": len(ids)}
    changes.create(context, new_record(context, "sla", facts, relationships=related, id=of["id"]))


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
