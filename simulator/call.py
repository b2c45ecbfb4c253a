"""What a rule is given and what it may answer: values only, nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.model import Operation

if TYPE_CHECKING:
    from simulator.records import Records
    from simulator.world import World

JSON = Any
"""A decoded JSON value."""

Record = dict[str, Any]
"""A stored record: `{id, type, attributes: {…}, relationships: {name: {type, id} | [..]}, klass?, plural?, deleted?}`.

`klass` names a custom object's Klass, `plural` the same as its self link spells it.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who calls: the key's machine user, its roles, and whether sensitive values are shown to it."""

    key_id: str
    user_id: str
    roles: frozenset[str]
    read_sensitive: bool = False
    user_type: str = "machine"


@dataclass(kw_only=True, slots=True)
class Scene:
    """Where and when something is done, and by whom; `records` is the world's store, typed.

    For reading only. Not frozen, as each call of the API makes one: a frozen one takes three times as long to make.
    """

    world: World
    principal: Principal
    now: datetime
    records: Records


@dataclass(kw_only=True, slots=True)
class Call(Scene):
    """One validated call of an operation. `now` is read once; `path` and `query` hold typed values."""

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: JSON = None


@dataclass(frozen=True, kw_only=True, slots=True)
class One:
    """Answer with one record; `included` are further records; `status` overrides the contract's."""

    record: Record
    included: Sequence[Record] = ()
    meta: Mapping[str, Any] | None = None
    status: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept(One):
    """Answer with a record just as it is stored: `data` are its bytes, `record` is for reading only."""

    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Many:
    """Answer with a list. `page`/`size` make page links; `total` adds totals; `more` says a next page exists."""

    records: Sequence[Record]
    page: int | None = None
    size: int | None = None
    total: int | None = None
    more: bool = False
    included: Sequence[Record] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Nothing:
    """Answer with the status alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Raw:
    """Answer with a document that is not made of records (ids only, token descriptions)."""

    document: JSON
    sensitive_of: str = ""


Outcome = One | Many | Nothing | Raw
