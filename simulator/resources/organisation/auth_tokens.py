"""Tokens: what an API key may learn about itself. The key is never kept, so it cannot be shown."""

from __future__ import annotations

import hashlib

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.outcome import Outcome, Single

IP_ADDRESS, USER_AGENT = "127.0.0.1", "unknown"
"""Rules see no connection, so these two stand for every caller's (a divergence)."""


@rule("auth_tokens.get_current")
def get_current(call: Call) -> Outcome:
    """The key of this call: its name and its roles. This call is its latest use."""
    user = call.records.get_or_404("user", call.principal.user_id, parameter="")
    about = user["attributes"]
    attributes = {
        "name": about["name"],
        "lastTokenChars": _ending(call),
        "ipAddress": IP_ADDRESS,
        "userAgent": USER_AGENT,
        "roles": sorted(call.principal.roles),
        "lastAccessedAt": iso(call.now),
        "createdAt": about["createdAt"],
        "updatedAt": about["createdAt"],
    }
    relationships = {"user": {"type": "user", "id": user["id"]}}
    token = {
        "id": _token_id(user["id"]),
        "type": "auth_token",
        "attributes": attributes,
        "relationships": relationships,
    }
    return Single(record=token)


def _ending(call: Call) -> str:
    """Four characters of the key's digest: those of the key itself are not kept (a divergence)."""
    digests = (digest for digest, held in call.world.keys.items() if held.key_id == call.principal.key_id)
    return next(digests, "")[-4:]


def _token_id(user: str) -> str:
    """A key and its machine user are made together: an id of the same instant that is always the same."""
    return user[:8] + hashlib.sha256(user.encode()).hexdigest()[:16]
