"""Tokens: what may be learnt about an API key, and its end. No key is ever kept, so none can be shown."""

from __future__ import annotations

import hashlib

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.auth import ENDED_KEY, check_roles
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Principal, Record

IP_ADDRESS, USER_AGENT = "127.0.0.1", "unknown"
"""Rules see no connection, so these two stand for every caller's (a divergence)."""
SECURITY = ("org.permission.security", "org.admin.security")
"""The roles of the pages for tokens of others; asked for here, because a token may act on itself without them."""


@rule("auth_tokens.get_current")
def get_current(call: Call) -> Outcome:
    """The key of this call: its name and its roles. This call is its latest use."""
    return Single(record=_described(call, call.principal))


@rule("auth_tokens.get")
def get(call: Call) -> Outcome:
    """A key by its token's id: the caller's own, or with a role for it another one's. Raises `Forbidden`."""
    return Single(record=_described(call, _held(call)))


@rule("auth_tokens.list_tokens")
def list_tokens(call: Call) -> Outcome:
    """A page of the keys that are in use."""
    return page_of_records(call, [_described(call, held) for held in call.world.live_keys()])


@rule("auth_tokens.delete")
def delete(call: Call) -> Outcome:
    """End a key by its token's id: the caller's own, or with a role for it another one's. Raises `Forbidden`."""
    return _ended(call, _held(call))


@rule("auth_tokens.delete_current")
def delete_current(call: Call) -> Outcome:
    """End the key of this call."""
    return _ended(call, call.principal)


def _ended(call: Call, held: Principal) -> Outcome:
    """Mark the key as deleted, in the store: so it works again where a world goes back to before that."""
    changes.put(call, ENDED_KEY, held.user_id, {"attributes": {"endedAt": iso(call.now)}})
    call.world.derived.forget()
    return NoContent()


def _held(call: Call) -> Principal:
    """The key that the path names. Raises `Forbidden` or `NotFound`."""
    wanted = call.path["id"]
    if wanted != _token_id(call.principal.user_id):
        check_roles(call.principal, SECURITY, call.path)
    held = next((key for key in call.world.live_keys() if _token_id(key.user_id) == wanted), None)
    if held is None:
        raise NotFound(Problem(message="There is no auth_token with this id.", parameter="id"))
    return held


def _described(call: Call, held: Principal) -> Record:
    """What is known of a key. When it was used last is not kept: it is now for the caller's, else when it was made."""
    user = call.records.get_or_404("user", held.user_id, parameter="")
    about = user["attributes"]
    is_own = held.key_id == call.principal.key_id
    attributes = {
        "name": about["name"],
        "lastTokenChars": _ending(call, held),
        "ipAddress": IP_ADDRESS,
        "userAgent": USER_AGENT,
        "roles": sorted(held.roles),
        "lastAccessedAt": iso(call.now) if is_own else about["createdAt"],
        "createdAt": about["createdAt"],
        "updatedAt": about["createdAt"],
    }
    relationships = {"user": {"type": "user", "id": user["id"]}}
    return {
        "id": _token_id(user["id"]),
        "type": "auth_token",
        "attributes": attributes,
        "relationships": relationships,
    }


def _ending(call: Call, held: Principal) -> str:
    """Four characters of the key's digest: those of the key itself are not kept (a divergence)."""
    digests = (digest for digest, other in call.world.keys.items() if other.key_id == held.key_id)
    return next(digests, "")[-4:]


def _token_id(user: str) -> str:
    """A key and its machine user are made together: an id of the same instant that is always the same."""
    return user[:8] + hashlib.sha256(user.encode()).hexdigest()[:16]
