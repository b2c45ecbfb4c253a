"""Settings: single values named by app, category and name. The organisation has some, and each user others."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record

_NAMES = ("app", "category", "name")


@rule("settings.get")
def get(call: Call) -> Outcome:
    """A setting of the organisation. No secret is kept: its placeholder is all there is."""
    found = call.records.get_by("setting", "path", _path(call))
    return Single(record=_there(found))


@rule("settings.get_of_user")
def get_of_user(call: Call) -> Outcome:
    """A setting of a user; what the organisation has set by the same name is another."""
    user = call.records.get_or_404("user", call.path["id"])
    return Single(record=_there(_of(call, user["id"])))


@rule("settings.set_of_caller")
def set_of_caller(call: Call) -> Outcome:
    """Set a setting of the calling user, which is made if there is none. Raises `BadRequest` for another type."""
    value = call.body["value"]
    kind, user = _type(value), call.principal.user_id
    found = _of(call, user)
    if found is None:
        named = {name: call.path[name] for name in _NAMES}
        facts = {**named, "path": _path(call), "type": kind, "value": value}
        mine = {"user": {"type": "user", "id": user}}
        return Single(record=changes.create(call, new_record(call, "user_setting", facts, relationships=mine)))
    if found["attributes"]["type"] != kind and not call.reads("setting-type", "changed"):
        message = f"The value of this setting is a {found['attributes']['type']}."
        raise BadRequest(Problem(message=message, pointer="/value"), rule="setting-type")
    return Single(record=changes.update_by_caller(call, found, {"type": kind, "value": value}))


def _type(value: JSON) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def _path(call: Call) -> str:
    return ".".join(call.path[name] for name in _NAMES)


def _of(call: Call, user: str) -> Record | None:
    return call.records.get_by("user_setting", "place", f"{user}:{_path(call)}")


def _there(found: Record | None) -> Record:
    if found is None:
        raise NotFound(Problem(message="There is no setting of this name.", parameter="name"))
    return found
