"""Who may do what: roles a key carries, and whether they suffice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from kustomer_sandbox.simulator.values.errors import Forbidden
from kustomer_sandbox.simulator.values.record import Principal

ENDED_KEY = "auth_token"
"""What is stored, under the id of its user, of an API key that was deleted. Of one in use nothing is."""
ALL_ROLES = frozenset({"org"})


@lru_cache(maxsize=4096)
def digest(secret: str) -> str:
    """What is stored of a secret, an API key or the control token: SHA-256 in hex digits."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def check_roles(principal: Principal, needed: Sequence[str], path: Mapping[str, str]) -> None:
    """Raise `Forbidden` unless the key has one of the needed roles or a broader one, or none is needed."""
    for role in needed:
        if _includes(principal.roles, role.replace("{name}", path.get("name", ""))):
            return
    if needed:
        raise Forbidden(f"This key lacks a needed role; any one of these suffices: {', '.join(needed)}.")


@lru_cache(maxsize=4096)
def _includes(roles: frozenset[str], role: str) -> bool:
    parts = role.split(".")
    return any(".".join(parts[:length]) in roles for length in range(len(parts), 0, -1))
