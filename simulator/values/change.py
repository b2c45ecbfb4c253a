"""One change of one record, as those who subscribe to changes are told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from kustomer_sandbox.simulator.values.record import Principal, Record

ChangeKind = Literal["insert", "update", "delete"]


class Change(NamedTuple):
    """Who changed what, when, and by which operation.

    `operation` is the id of the API's operation, or the kind of the job that fell due; empty where the world was set
    up from outside. `type` and `id` name the record. `before` is None for an insert, `after` for a delete; both are
    for reading only. `attributes` are the names of the attributes that differ, none for a delete.
    """

    at: datetime
    by: Principal
    operation: str
    kind: ChangeKind
    type: str
    id: str
    before: Record | None
    after: Record | None
    attributes: tuple[str, ...]


Subscriber = Callable[[Change], None]
"""Is told of a change once it is committed; what was undone is never told."""
