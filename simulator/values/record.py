"""A stored record, a decoded JSON value, and who calls: what every folder speaks of."""

from __future__ import annotations

from collections.abc import Iterable
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


DEPTH = 100
"""How deep lists and objects may be nested in a body; deeper ones cannot be stored or checked (assumed)."""


def is_deep(value: JSON) -> bool:
    """Whether lists and objects stand in one another more than `DEPTH` levels deep."""
    level = [value]
    for _ in range(DEPTH):
        level = [item for node in level for item in _items(node)]
    return any(isinstance(node, dict | list) for node in level)


def _items(node: JSON) -> Iterable[JSON]:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
