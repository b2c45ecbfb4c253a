"""A stored record, a decoded JSON value, and who calls: what every folder speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

JSON = Any
"""A decoded JSON value."""

Record = dict[str, Any]
"""A stored record: `{id, type, attributes: {…}, relationships: {name: {type, id} | [..]}, klass?, plural?, deleted?}`.

`klass` names a custom object's Klass, `plural` the same as its self link spells it. A customer's `klasses` are the
plurals of the Klasses that it has objects of.
"""


UserType = Literal["machine", "user"]
"""What a key stands for: a machine user, or a person who works with Kustomer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who calls: the key's user, its roles, and whether sensitive values are shown to it."""

    key_id: str
    user_id: str
    roles: frozenset[str]
    read_sensitive: bool = False
    user_type: UserType | Literal["system"] = "machine"
