"""Signing in: who knows a person's password gets a token, and calls as that person until it is over or deleted.

What the body takes and the answer shows is vendor-docs. The ways that need another party (Google, SAML, a token that
stands for one access) prove nothing here, so they are refused like a wrong password.
"""

from __future__ import annotations

from datetime import timedelta

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.records.sign_ins import SignIn, has_password, keep
from kustomer_sandbox.simulator.resources.organisation.auth_tokens import shown_sign_in
from kustomer_sandbox.simulator.resources.organisation.users import password_digest
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import Problem, Unauthorized
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import JSON, Record


@rule("sign_in.create")
def create(call: Call) -> Outcome:
    """A new token for the person whose password is given. Raises `Unauthorized` for anything else."""
    settings: JSON = call.records.find("auth_setting")[0]["attributes"]
    user = _proven(call) if settings["kustomer"]["enabled"] else None
    if user is None:
        problem = Problem(message="Nobody signs in with what was given.", pointer="/email")
        raise Unauthorized(problem, rule="sign-in")
    now, id = iso(call.now), call.world.ids.new(call.now)
    token = f"sandbox_{call.world.name}_{digest(f'{call.world.files.secret}/sign-in/{id}')[:32]}"
    lasts = timedelta(milliseconds=settings["app"]["userSessionExpirationMilliseconds"])
    sign_in = SignIn(
        id=id, token=digest(token), user=user["id"], roles=_roles(call, user), at=now, until=iso(call.now + lasts)
    )
    keep(call.world.store, sign_in)
    first = user["attributes"]["firstLoginAt"] or now
    changes.update_by_system(call, user, {"firstLoginAt": first, "mostRecentLoginAt": now})
    shown = shown_sign_in(call, sign_in)
    return Single(record={**shown, "attributes": {**shown["attributes"], "token": token}})


def _proven(call: Call) -> Record | None:
    """The person with this address and password, in this organisation; None if there is none, or no more."""
    body = call.body or {}  # it need not be there
    if body.get("domain", call.world.org_name) != call.world.org_name:
        return None
    for user in call.records.find("user", "email", body.get("email", "").lower()):
        proof = password_digest(call, user["id"], body.get("password", ""))
        if not user["attributes"]["deletedAt"] and has_password(call.world.store, user["id"], proof):
            return user
    return None


def _roles(call: Call, user: Record) -> tuple[str, ...]:
    """A person's own roles and those of its role groups."""
    facts = user["attributes"]
    groups = [group for group in call.records.find("role_group") if group["id"] in facts["roleGroups"]]
    named = {role for group in groups for role in group["attributes"]["roles"]}
    return tuple(sorted(named.union(facts["roles"])))
