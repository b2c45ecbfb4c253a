"""Passwords and the tokens got by them: kept beside the records, and only as digests, so none can be shown.

They go back with a snapshot and along with a fork, as everything in the store does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson

from kustomer_sandbox.simulator.store.protocol import Row, Store

SIGN_INS, PASSWORDS = "sign_in", "password"
"""The store's tables: by the token's digest, and by the user's id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """A token of a person: with which roles it calls, since when, and until when on the world's clock."""

    id: str
    token: str
    """The token's digest."""
    user: str
    roles: tuple[str, ...]
    at: str
    until: str


def keep(store: Store, sign_in: SignIn) -> None:
    """Store a new token."""
    store.insert(SIGN_INS, sign_in.token, orjson.dumps(asdict(sign_in)), {})


def sign_in_by(store: Store, token: str) -> SignIn | None:
    """The token with this digest; None if there is none."""
    row = store.get(SIGN_INS, token)
    return None if row is None else _read(row)


def sign_ins(store: Store, *, after: str) -> list[SignIn]:
    """The tokens that hold beyond this instant, oldest first."""
    found = (_read(row) for row in store.find(SIGN_INS, "id"))
    return sorted((one for one in found if one.until > after), key=lambda one: (one.at, one.id))


def end(store: Store, sign_in: SignIn) -> None:
    """Forget a token."""
    store.delete(SIGN_INS, sign_in.token)


def set_password(store: Store, user: str, digest: str) -> None:
    """Keep the digest of a user's password in place of the one before."""
    data = orjson.dumps(digest)
    if store.get(PASSWORDS, user) is None:
        store.insert(PASSWORDS, user, data, {})
    else:
        store.update(PASSWORDS, user, data, {})


def has_password(store: Store, user: str, digest: str) -> bool:
    """Whether this is the digest of the user's password; false for who has set none."""
    row = store.get(PASSWORDS, user)
    return row is not None and bool(orjson.loads(row.data) == digest)


def _read(row: Row) -> SignIn:
    facts = orjson.loads(row.data)
    return SignIn(**{**facts, "roles": tuple(facts["roles"])})
