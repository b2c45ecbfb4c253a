"""Users: people who are invited, and the machine users of API keys. None ever goes away; some are deactivated."""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import asked_page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record, without
from kustomer_sandbox.simulator.records.sign_ins import set_password
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Page, Single
from kustomer_sandbox.simulator.values.record import Record

_FILTERS = ("deleted", "email", "pending", "userType")
_TOGETHER = {"deleted", "userType"}
"""The only filters of the list that may be combined (vendor-docs)."""


@rule("users.list_users")
def list_users(call: Call) -> Outcome:
    """The page of users that fit the filter; deactivated ones only when asked for."""
    given = [name for name in _FILTERS if name in call.query]
    if len(given) > 1 and set(given) != _TOGETHER:
        message = f"{' and '.join(given)} cannot be combined; give one filter alone, or deleted with userType."
        raise BadRequest(Problem(message=message, parameter=given[-1]), rule="user-filters-alone")
    by_email = "email" in call.query
    users = call.records.find("user", "email", call.query["email"].lower()) if by_email else call.records.find("user")
    fitting = [user for user in users if _fits(call, user["attributes"])]
    paging = call.operation.paging
    if paging is None:
        return Page(records=fitting)
    asked = asked_page(call, paging)
    shown = fitting[asked.offset : asked.offset + asked.size]
    return Page(records=shown, page=asked.number, size=asked.size, more=len(fitting) > asked.offset + asked.size)


def _fits(call: Call, user: dict[str, Any]) -> bool:
    facts = {
        "deleted": user["deletedAt"] is not None,
        "pending": _is_pending(user),
        "userType": user["userType"],
    }
    wanted = {"deleted": False, **without(call.query, "page", "pageSize", "email")}
    return all(facts[name] == value for name, value in wanted.items())


def _is_pending(user: dict[str, Any]) -> bool:
    """The invitation is not accepted yet. An API key's user is not invited (assumed)."""
    return user["emailVerifiedAt"] is None and user["userType"] != "machine"


@rule("users.invite")
def invite(call: Call) -> Outcome:
    """A new, pending user. An e-mail address some user has, deactivated or not, is a conflict."""
    user = new_record(call, "user", {"isEmailValid": True, **call.body})
    return Single(record=changes.create(call, user))


@rule("users.get_current")
def get_current(call: Call) -> Outcome:
    """The machine user of the key."""
    return Single(record=call.records.get_or_404("user", call.principal.user_id, parameter=""))


@rule("users.update_current")
def update_current(call: Call) -> Outcome:
    """Change the machine user of the key. Its roles as a user do not widen the key's (vendor-docs)."""
    return Single(record=_changed(call, call.records.get_or_404("user", call.principal.user_id, parameter="")))


@rule("users.update")
def update(call: Call) -> Outcome:
    """Change a user, deactivate it or restore it."""
    return Single(record=_changed(call, call.records.get_or_404("user", call.path["id"])))


def _changed(call: Call, user: Record) -> Record:
    """The user after the body. Of a password only the time it was set is shown."""
    fields = without(call.body, "password", "currentPassword", "deleted")
    if "deleted" in call.body:
        since = user["attributes"]["deletedAt"] or iso(call.now)
        fields["deletedAt"] = since if call.body["deleted"] else None
    if "password" in call.body:
        fields["password"] = {**user["attributes"]["password"], "updatedAt": iso(call.now)}
    if "email" in call.body:
        fields["isEmailValid"] = True
    changed = changes.update_by_caller(call, user, fields)
    if "password" in call.body:
        set_password(call.world.store, user["id"], password_digest(call, user["id"], call.body["password"]))
    return changed


def password_digest(call: Call, user: str, password: str) -> str:
    """What is kept of a user's password."""
    return digest(f"{call.world.ids.seed}/{user}/{password}")


@rule("users.reset_password")
def reset_password(call: Call) -> Outcome:
    """Nothing that can be seen, whoever the address belongs to: the answer must not tell who is a user."""
    is_known = bool(call.records.find("user", "email", call.body["email"].lower()))
    if not is_known and call.reads("password-reset-tells-nothing", "not-found"):
        raise NotFound(
            Problem(message="No user has this address.", pointer="/email"), rule="password-reset-tells-nothing"
        )
    return NoContent()
