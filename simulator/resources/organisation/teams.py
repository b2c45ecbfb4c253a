"""Teams: groups of users. A deleted team stays behind as a tombstone and can be brought back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, reference, without
from kustomer_sandbox.simulator.records.records import TOMBSTONES
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import Conflict, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("teams.list_teams")
def list_teams(call: Call) -> Outcome:
    """A page of the teams in use, or of the deleted ones: tombstones stand in an index of their own."""
    if call.query.get("deleted"):
        return page(call, TOMBSTONES, "yes")
    return page(call, "isDeleted", at=False)


@rule("teams.create")
def create(call: Call) -> Outcome:
    """A new team. Two may have the same name (assumed; unpublished)."""
    return Single(record=changes.create(call, new_record(call, "team", _checked(call, call.body))))


@rule("teams.update")
def update(call: Call) -> Outcome:
    """Change a team, delete it or bring it back. A deleted one takes no other change."""
    team = call.records.get("team", call.path["id"], deleted=True)
    brings_back = "deleted" in call.body and not call.body["deleted"]
    if team is None or (team.get("deleted") and not brings_back):
        raise NotFound(Problem(message="There is no team with this id.", parameter="id"))
    fields = _checked(call, without(call.body, "deleted"))
    if call.body.get("deleted"):
        return Single(record=_bury(call, team, fields))
    return Single(record=changes.update_by_caller(call, _alive(team) if brings_back else team, fields))


@rule("teams.delete")
def delete(call: Call) -> Outcome:
    """Leave a tombstone, which is neither listed nor found by id."""
    _bury(call, call.records.get_or_404("team", call.path["id"]), {})
    return NoContent()


@rule("teams.add_members")
def add_members(call: Call) -> Outcome:
    """The team with these users after those it has."""
    team = call.records.get_or_404("team", call.path["id"])
    members = [*team["attributes"]["members"], *call.body["members"]]
    fields = _checked(call, {"members": members}, known=team["attributes"]["members"])
    return Single(record=changes.update_by_caller(call, team, fields))


@rule("teams.remove_members")
def remove_members(call: Call) -> Outcome:
    """The team without these users; those who are no members are passed over (assumed)."""
    team = call.records.get_or_404("team", call.path["id"])
    leaving = set(call.body["members"])
    members = [member for member in team["attributes"]["members"] if member not in leaving]
    return Single(record=changes.update_by_caller(call, team, {"members": members}))


def _checked(call: Call, fields: Mapping[str, Any], *, known: Collection[str] = ()) -> dict[str, Any]:
    """The fields with every member once; each must be a user (400), those `known` are not asked for again."""
    _check_name(call, fields)
    if "members" not in fields:
        return dict(fields)
    members = list(dict.fromkeys(fields["members"]))
    for member in members:
        if member not in known and not _is_taken(call, member):
            reference(call, "user", member, field="members")
    return {**fields, "members": members}


def _is_taken(call: Call, member: str) -> bool:
    return call.records.get("user", member) is None and call.reads("team-members-are-users", "taken")


def _check_name(call: Call, fields: Mapping[str, Any]) -> None:
    """Refuse a name that another team in use has, in worlds where names are unique."""
    if "name" not in fields:
        return
    others = (team for team in call.records.find("team", "isDeleted", at=False) if team["id"] != call.path.get("id"))
    is_shared = any(team["attributes"]["name"] == fields["name"] for team in others)
    if is_shared and call.reads("team-names-may-repeat", "unique"):
        raise Conflict(Problem(message="Another team has this name.", pointer="/name"), rule="team-names-may-repeat")


def _bury(call: Call, team: Record, fields: Mapping[str, Any]) -> Record:
    """Change a team and make it a tombstone that says when and by whom."""
    by = {"type": "user", "id": call.principal.user_id}
    fields = {**fields, "deleted": True, "deletedAt": iso(call.now)}
    return changes.update_by_caller(call, {**team, "deleted": True}, fields, relationships={"deletedBy": by})


def _alive(team: Record) -> Record:
    """The team without the marks of its deletion."""
    attributes = {**without(team["attributes"], "deletedAt"), "deleted": False}
    relationships = without(team["relationships"], "deletedBy")
    return {**without(team, "deleted"), "attributes": attributes, "relationships": relationships}
