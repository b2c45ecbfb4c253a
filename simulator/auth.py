"""Who may do what: roles a key carries, and whether they suffice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from simulator.call import Principal
from simulator.errors import Forbidden

ALL_ROLES = frozenset({"org"})


def digest(key: str) -> str:
    """What is kept of an API key."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def check_roles(principal: Principal, needed: Sequence[str], path: Mapping[str, str]) -> None:
    """Raise `Forbidden` unless one needed role is held, or implied by a broader one, or none is needed."""
    roles = [role.replace("{name}", path.get("name", "")) for role in needed]
    if roles and not any(_held(principal.roles, role) for role in roles):
        raise Forbidden(f"This key lacks a needed role; any one of these suffices: {', '.join(needed)}.")


def _held(held: frozenset[str], role: str) -> bool:
    parts = role.split(".")
    return any(".".join(parts[:length]) in held for length in range(len(parts), 0, -1))
