"""Tokens: what may be learnt about an API key or a sign-in, and its end. No key is ever kept, so none can be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.records.sign_ins import SignIn, end, sign_ins
from kustomer_sandbox.simulator.values.auth import ENDED_KEY, check_roles
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Principal, Record

IP_ADDRESS, USER_AGENT = "127.0.0.1", "unknown"
"""Rules see no connection, so these two stand for every caller's (a divergence)."""
SECURITY = ("org.permission.security", "org.admin.security")
"""The roles of the pages for tokens of others; asked for here, because a token may act on itself without them."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A key, or what a sign-in got: how it is shown, and whose it is."""

    shown: Record
    user: str
    sign_in: SignIn | None = None


@rule("auth_tokens.get_current")
def get_current(call: Call) -> Outcome:
    """The key of this call: its name and its roles. This call is its latest use."""
    return Single(record=_own(call).shown)


@rule("auth_tokens.get")
def get(call: Call) -> Outcome:
    """A key by its token's id: the caller's own, or with a role for it another one's. Raises `Forbidden`."""
    return Single(record=_held(call).shown)


@rule("auth_tokens.list_tokens")
def list_tokens(call: Call) -> Outcome:
    """A page of the keys and sign-ins that are in use."""
    return page_of_records(call, [token.shown for token in _tokens(call)])


@rule("auth_tokens.delete")
def delete(call: Call) -> Outcome:
    """End a key by its token's id: the caller's own, or with a role for it another one's. Raises `Forbidden`."""
    return _ended(call, _held(call))


@rule("auth_tokens.delete_current")
def delete_current(call: Call) -> Outcome:
    """End the key of this call."""
    return _ended(call, _own(call))


def shown_sign_in(call: Call, sign_in: SignIn) -> Record:
    """What is known of the token of a sign-in."""
    about = call.records.get_or_404("user", sign_in.user, parameter="")["attributes"]
    used = iso(call.now) if sign_in.id == call.principal.key_id else sign_in.at
    return _described(sign_in.id, sign_in.user, about["name"], sign_in.token, sign_in.roles, sign_in.at, used)


def _tokens(call: Call) -> list[_Token]:
    found = [_of_key(call, held) for held in call.world.live_keys()]
    return found + [_of_sign_in(call, one) for one in sign_ins(call.world.store, after=iso(call.now))]


def _own(call: Call) -> _Token:
    """What the caller called with."""
    live = sign_ins(call.world.store, after=iso(call.now))
    sign_in = next((one for one in live if one.id == call.principal.key_id), None)
    return _of_key(call, call.principal) if sign_in is None else _of_sign_in(call, sign_in)


def _ended(call: Call, token: _Token) -> Outcome:
    """Forget a sign-in. Mark a key as deleted, in the store: it works again where a world goes back to before that."""
    if token.sign_in is not None:
        end(call.world.store, token.sign_in)
        return NoContent()
    changes.put(call, ENDED_KEY, token.user, {"attributes": {"endedAt": iso(call.now)}})
    call.world.derived.forget()
    return NoContent()


def _held(call: Call) -> _Token:
    """The key that the path names. Raises `Forbidden` or `NotFound`."""
    wanted, own = call.path["id"], _own(call)
    if wanted == own.shown["id"]:
        return own
    check_roles(call.principal, SECURITY, call.path)
    held = next((token for token in _tokens(call) if token.shown["id"] == wanted), None)
    if held is None:
        raise NotFound(Problem(message="There is no auth_token with this id.", parameter="id"))
    return held


def _of_sign_in(call: Call, sign_in: SignIn) -> _Token:
    return _Token(shown_sign_in(call, sign_in), sign_in.user, sign_in)


def _of_key(call: Call, held: Principal) -> _Token:
    """What is known of a key. When it was used last is not kept: it is now for the caller's, else when it was made."""
    user = call.records.get_or_404("user", held.user_id, parameter="")
    about = user["attributes"]
    used = iso(call.now) if held.key_id == call.principal.key_id else about["createdAt"]
    digests = (digest for digest, other in call.world.keys.items() if other.key_id == held.key_id)
    id = _token_id(user["id"])
    shown = _described(id, user["id"], about["name"], next(digests, ""), held.roles, about["createdAt"], used)
    return _Token(shown, user["id"])


def _described(id: str, user: str, name: str, digest: str, roles: Iterable[str], since: str, used: str) -> Record:
    """A token's record. Its last characters are the digest's: those of the token are not kept (a divergence)."""
    attributes = {
        "name": name,
        "lastTokenChars": digest[-4:],
        "ipAddress": IP_ADDRESS,
        "userAgent": USER_AGENT,
        "roles": sorted(roles),
        "lastAccessedAt": used,
        "createdAt": since,
        "updatedAt": since,
    }
    related = {"user": {"type": "user", "id": user}}
    return {"id": id, "type": "auth_token", "attributes": attributes, "relationships": related}


def _token_id(user: str) -> str:
    """A key and its machine user are made together: an id of the same instant that is always the same."""
    return user[:8] + hashlib.sha256(user.encode()).hexdigest()[:16]
