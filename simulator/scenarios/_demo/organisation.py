"""The demo's organisation: people, teams, queues, tags and what else is set up, and which attributes are sensitive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.resources.conversations.tags import tag_ids
from kustomer_sandbox.simulator.resources.customers.companies import new_company
from kustomer_sandbox.simulator.resources.objects import klasses, metadata
from kustomer_sandbox.simulator.resources.workflows import variables
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.values.clock import iso

FOUNDED_DAYS_AGO = 420
_LEFT_DAYS_AGO = 96
_ROLES = {
    "admin": ["org.admin", "org.user"],
    "lead": ["org.user", "org.admin.message.write"],
    "agent": ["org.user"],
    "gone": ["org.user"],
    "machine": ["org"],
}
_ADMIN = "Priya Raman"


def found(stage: Stage) -> None:
    """Write the organisation as it was set up, more than a year ago."""
    facts = told("organisation")
    at = stage.ago(days=FOUNDED_DAYS_AGO)
    for user in facts["users"]:
        _user(stage, stage.context(at), user)
    context = stage.context(at, _ADMIN)
    for team in facts["teams"]:
        _team(stage, context, team, facts["users"])
    for queue in facts["queues"]:
        key = queue["name"].lower().replace(" ", "-")
        _named(stage, context, "queue", {**queue, "displayName": queue["name"], "key": key})
    for account in facts["outbound_accounts"]:
        changes.create(context, new_record(context, "outbound_account", account))
    for kind in ("brand", "schedule", "role_group"):
        for attributes in facts[f"{kind}s"]:
            _named(stage, context, kind, attributes)
    changes.create(context, new_record(context, "chat_settings", facts["chat_settings"]))
    for workflow in facts["workflows"]:
        _automate(stage, at, workflow)
    tag_ids(context, facts["tags"])
    _describe(stage, at, facts)
    for company in facts["companies"]:
        stage.known["company", company["name"]] = new_company(context, company)["id"]


def _automate(stage: Stage, at: datetime, facts: Mapping[str, Any]) -> None:
    """A workflow, its variables, and runs of it that failed."""
    context = stage.context(at, _ADMIN)
    document = without(facts, "variables", "processes")
    id = changes.create(context, new_record(context, "workflow", document))["id"]
    for variable in facts["variables"]:
        variables.create(stage.call("CreateWorkflowVariable", at, _ADMIN, path={"id": id}, body=variable))
    related = {"workflow": {"type": "workflow", "id": id}}
    for process in facts["processes"]:
        changes.create(context, new_record(context, "workflow_process", process, relationships=related))


def _describe(stage: Stage, at: datetime, facts: Mapping[str, Any]) -> None:
    """The Klasses and what is known of attributes: allowed values, and which are sensitive."""
    for klass in facts["klasses"]:
        klasses.create(stage.call("CreateKlass", at, _ADMIN, path={}, body=klass))
    for resource, body in facts["metadata"].items():
        metadata.update(stage.call("UpdateCustomAttributeMetadata", at, _ADMIN, path={"resource": resource}, body=body))


def deactivate(stage: Stage) -> None:
    """Plan the leaving of the agents who are gone."""
    gone = [user["name"] for user in told("organisation")["users"] if user["role"] == "gone"]
    at = stage.ago(days=_LEFT_DAYS_AGO)
    for name in gone:
        stage.plan(at, partial(_leave, stage, at, name))


def _leave(stage: Stage, at: datetime, name: str) -> None:
    context = stage.context(at, _ADMIN)
    user = context.records.get_or_404("user", stage.id("user", name))
    changes.update_by_caller(context, user, {"deletedAt": iso(at)})


def _user(stage: Stage, context: Context, user: Mapping[str, Any]) -> None:
    name, is_machine = user["name"], user["role"] == "machine"
    attributes = {"name": name, "displayName": name, "roles": _ROLES[user["role"]]}
    if is_machine:
        attributes |= {"userType": "machine"}
    else:
        email = f"{name.lower().replace(' ', '.')}@support.example.com"
        since = iso(context.now)
        verified = {"isEmailValid": True, "emailVerifiedAt": since, "firstEmailVerifiedAt": since}
        hours = stage.chance.between(1, 60, "signed in", name)
        signed_in = {"firstLoginAt": since, "mostRecentLoginAt": iso(stage.now - timedelta(hours=hours))}
        attributes |= {"email": email, "userType": "user", **verified, **(signed_in if user["role"] != "gone" else {})}
    _named(stage, context, "user", attributes)


def _team(stage: Stage, context: Context, team: Mapping[str, Any], users: list[dict[str, Any]]) -> None:
    members = [stage.id("user", user["name"]) for user in users if team["name"] in user["teams"]]
    _named(stage, context, "team", {**team, "displayName": team["name"], "members": members})


def _named(stage: Stage, context: Context, kind: str, attributes: dict[str, Any]) -> None:
    record = changes.create(context, new_record(context, kind, attributes))
    stage.known[kind, attributes["name"]] = record["id"]
