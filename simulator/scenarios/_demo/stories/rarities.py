"""What an organisation has little of: deleted records, a merge, a spam sender, customers without a name, a brand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources import bulk
from kustomer_sandbox.simulator.resources.customers import customer_merges
from kustomer_sandbox.simulator.resources.customers.customers import new_customer
from kustomer_sandbox.simulator.resources.organisation import spam_senders, teams
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.record import JSON

_ADMIN, _CLERK = "Priya Raman", "Channel connector"
_GONE_DAYS_AGO = 61
_ARRIVED_DAYS_AGO = 70
_RELATED_OF = "Marcus Reed"
_RELATED_AFTER = timedelta(minutes=3)
_RELATED = (("brand", "brand", "Wayfarer Goods"), ("subStatus", "sub_status", "Waiting on carrier"))
_WRITTEN: Mapping[str, Mapping[str, JSON]] = {
    "gone": {"name": "Robin Former", "emails": [{"type": "home", "email": "robin.former@example.com"}]},
    "address only": {"emails": [{"type": "work", "email": "orders@example.net"}]},
    "address again": {"emails": [{"type": "work", "email": "purchasing@example.net"}]},
    "nameless": {"locale": "en_US"},
}


def plan_rarities(stage: Stage, cases: Iterable[Case]) -> None:
    """Plan them: the deleted ones leave, the nameless arrive, and a case gets what no call of the API can give it."""
    arrival, leaving = stage.ago(days=_ARRIVED_DAYS_AGO), stage.ago(days=_GONE_DAYS_AGO)
    for number, (key, body) in enumerate(_WRITTEN.items()):
        at = arrival + timedelta(minutes=number)
        facts = {**body, "custom": {"newsletterBool": False}}
        if key == "address only":
            facts["company"] = stage.id("company", "Harbour and Pine Freight")
        stage.plan(at, partial(_arrive, stage, key, facts, at=at))
    stage.plan(arrival, partial(_tag_and_team, stage, arrival))
    stage.plan(leaving, partial(_delete, stage, leaving))
    stage.plan(leaving, partial(_tidy, stage, leaving))
    related = next(case for case in cases if case.customer == _RELATED_OF)
    at = related.lines[0].at + _RELATED_AFTER
    stage.plan(at, partial(_relate, stage, related, at))


def _arrive(stage: Stage, key: str, body: Mapping[str, Any], *, at: datetime) -> None:
    stage.known["customer", key] = new_customer(stage.context(at, _CLERK), body)["id"]


def _tag_and_team(stage: Stage, at: datetime) -> None:
    context = stage.context(at, _ADMIN)
    for kind, facts in (("tag", {"name": "Summer sale", "color": "teal"}), ("team", {"name": "Night Shift"})):
        stage.known[kind, facts["name"]] = changes.create(context, new_record(context, kind, facts))["id"]


def _delete(stage: Stage, at: datetime) -> None:
    """A customer, a team and a tag that are not there any more."""
    teams.delete(stage.call("DeleteTeam", at, _ADMIN, path={"id": stage.id("team", "Night Shift")}, body=None))
    context = stage.context(at, _ADMIN)
    changes.bury(context, context.records.get_or_404("customer", stage.id("customer", "gone")))
    tag = context.records.get_or_404("tag", stage.id("tag", "Summer sale"))
    by = {"deletedBy": tag["relationships"]["createdBy"]}
    changes.update_by_caller(context, tag, {"deleted": True, "deletedAt": iso(context.now)}, relationships=by)


def _tidy(stage: Stage, at: datetime) -> None:
    """One customer who was there twice, a sender of spam, and a change of companies in bulk."""
    twice = {"source": stage.id("customer", "address again"), "target": stage.id("customer", "address only")}
    customer_merges.create(stage.call("CreateCustomerMerge", at, _ADMIN, path={}, body=twice))
    spam = {"sender": "offers@spam.example.com", "channel": "email", "list": "blacklist"}
    spam_senders.upsert(stage.call("UpsertSpamSender", at, _ADMIN, path={}, body=spam))
    moved = [{"id": stage.id("company", "Harbour and Pine Freight"), "tags": []}]
    bulk.start(stage.call("BulkBatchUpdateCompanies", at, _ADMIN, path={}, body=moved))


def _relate(stage: Stage, case: Case, at: datetime) -> None:
    """The brand a conversation is of, and what it waits for."""
    context = stage.context(at)
    conversation = context.records.get_or_404("conversation", stage.id("conversation", case.key))
    related = {relation: {"type": kind, "id": stage.id(kind, name)} for relation, kind, name in _RELATED}
    conversation = {**conversation, "relationships": {**conversation["relationships"], **related}}
    history = {**conversation["attributes"]["modificationHistory"], "brandAt": iso(at)}
    changes.update_by_system(context, conversation, {"modificationHistory": history})
