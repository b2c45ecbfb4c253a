"""What a rule is given: where and when it acts and for whom, and the validated call. Nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.world import World


@dataclass(kw_only=True, slots=True)
class Context:
    """Where and when something is done, and by whom; `records` is the world's store, typed.

    For reading only. Not frozen, as each call of the API makes one: a frozen one takes three times as long to make.
    """

    world: World
    principal: Principal
    now: datetime
    records: Records


@dataclass(kw_only=True, slots=True)
class Call(Context):
    """One validated call of an operation. `now` is read once; `path` and `query` hold typed values."""

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: JSON = None
