"""One request on its way through the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.records.unit_of_work import UnitOfWork
from kustomer_sandbox.simulator.store.protocol import CounterState
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.values.outcome import Outcome
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.world.faults import Armed
from kustomer_sandbox.simulator.world.journal import RecordChanges, Step
from kustomer_sandbox.simulator.world.world import World


@dataclass(slots=True)
class Turn:
    """One admitted call and what is learned of it, whether it is an operation's or not.

    `template` is None where there is no such path; `methods` are the path's operations. `trace` tells what was
    decided, `crash` the point at which an armed fault ends the call, `fault` an unexpected one.
    """

    request: Request
    world: World
    principal: Principal
    now: datetime
    template: str | None
    path: dict[str, str]
    methods: Mapping[str, Operation]
    shape: Literal["A", "B"]
    armed: Armed | None
    trace: list[Step] = field(default_factory=list)
    exchange: Exchange | None = None
    crash: str = ""
    fault: str = ""


@dataclass(slots=True)
class Exchange:
    """What the steps learn, in order. Each step fills in what the next ones need, or refuses.

    `request_budget` is the organisation's budget after the call's request, `charged_counters` the object budgets it
    drew on, `shown` a document already encoded, `masked` counts by type the records shown with masks; `crash` names the
    point at which a fault ends the call, `ended_in` the step that did.
    """

    request: Request
    world: World
    principal: Principal
    now: datetime
    operation: Operation
    template: str
    path: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    body: JSON = None
    request_budget: CounterState | None = None
    charged_counters: list[str] = field(default_factory=list)
    outcome: Outcome | None = None
    document: JSON = None
    shown: bytes | None = None
    trace: list[Step] = field(default_factory=list)
    masked: dict[str, int] = field(default_factory=dict)
    crash: str = ""
    ended_in: str = "routing"
    changes: RecordChanges = field(default_factory=RecordChanges)
    unit: UnitOfWork = field(init=False)

    def __post_init__(self) -> None:
        """The call reads and writes through one unit of work, from its budgets to its journal entry."""
        self.unit = self.world.unit_of_work(self.changes.add)
