"""A world: one organisation and everything that changes for it. Forking one costs no copying of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from contracts.model import Contracts
from simulator import dues
from simulator.call import Principal, Record
from simulator.clock import WorldClock, iso
from simulator.diff import Diff, diff
from simulator.dues import DueHandler
from simulator.faults import Faults
from simulator.ids import Ids
from simulator.journal import Journal
from simulator.keys import renew_keys
from simulator.limits import Budgets
from simulator.masking import Plan, Style, compile_plan, sensitive_names
from simulator.memo import Memo
from simulator.records import Records
from simulator.snapshots import Snapshots
from simulator.store.protocol import Store
from simulator.tape import Tape

WINDOW = "unmasking_window"


@dataclass(slots=True)
class World:
    """Mutable state of one organisation. `due` maps a kind of event to what fires it."""

    name: str
    org: str
    org_name: str
    contracts: Contracts
    store: Store
    clock: WorldClock
    ids: Ids
    plan: str = "enterprise"
    masking: Style = "stars"
    scenario: str = "empty"
    due: Mapping[str, DueHandler] = field(default_factory=dict)
    keys: dict[str, Principal] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(init=False)
    snapshots: Snapshots = field(default_factory=Snapshots)
    tape: Tape | None = None
    memo: Memo = field(default_factory=Memo, repr=False)
    records: Records = field(init=False)
    budgets: Budgets = field(init=False)
    _plans: dict[str, Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.records = Records(self.store, self.contracts.resources, self.memo)
        self.budgets = Budgets(limits=self.contracts.limits, plan=self.plan, store=self.store)
        self.faults = Faults(operations=self.contracts.operations)

    def fork(self, name: str) -> World:
        """An independent world in the same state: records, clock, ids, budgets.

        It has no keys, journal, snapshots or faults, and no requests reach it until `Worlds.fork` takes it in.
        """
        clock = WorldClock(self.clock.now(), self.clock.mode)
        return World(
            name=name,
            org=self.org,
            org_name=self.org_name,
            contracts=self.contracts,
            store=self.store.fork(),
            clock=clock,
            ids=self.ids.fork(),
            plan=self.plan,
            masking=self.masking,
            scenario=self.scenario,
            due=self.due,
            memo=self.memo,
            _plans=self._plans,
        )

    def configure(self, *, plan: str, masking: Style) -> None:
        """Set the organisation's plan and how masked values look."""
        self.plan, self.masking = plan, masking
        self.budgets = Budgets(limits=self.contracts.limits, plan=plan, store=self.store)

    def become(self, other: World) -> None:
        """Take over another world's state; name, keys and snapshots stay. Journal and faults start anew."""
        self.store, self.clock, self.ids = other.store, other.clock, other.ids
        self.org, self.org_name, self.scenario = other.org, other.org_name, other.scenario
        self.records = Records(self.store, self.contracts.resources, self.memo)
        self.configure(plan=other.plan, masking=other.masking)
        self.journal.clear()
        self.faults.clear()
        self._plans = other._plans
        renew_keys(self)

    def snapshot(self) -> str:
        """Keep the present state; gives the id to `restore` it by, or to `diff` against."""
        return self.snapshots.take(self).id

    def restore(self, id: str) -> None:
        """Go back to a snapshot, as often as wanted. Raises `UnknownSnapshot`.

        Every key goes on working: one issued since then gets its machine user anew. Journal and armed faults stay.
        """
        state = self.snapshots.get(id)
        self.store.restore(state.store)
        self.clock.run(state.mode)
        self.clock.move_to(state.now)
        self.ids = state.ids.fork()
        self.org, self.org_name, self.scenario = state.org, state.org_name, state.scenario
        self.configure(plan=state.plan, masking=state.masking)
        self.forget_plans()
        self.keys |= {key: who for key, who in state.keys.items() if key in self.keys}
        renew_keys(self)

    def diff(self, since: str) -> Diff:
        """What has changed since a snapshot was taken. Raises `UnknownSnapshot`."""
        before = self.store.fork()
        before.restore(self.snapshots.get(since).store)
        return diff(before, self.store, self.contracts.resources.values())

    def record(self) -> Tape:
        """Keep every call from now on, values included, in memory only; `tape = None` ends it."""
        self.tape = Tape()
        return self.tape

    def mask_plan(self, kind: str) -> Plan:
        """What is hidden of a record type, compiled from the metadata once until it changes."""
        plan = self._plans.get(kind)
        if plan is None:
            plan = compile_plan(self.records.resource(kind), kind, self._flagged)
            self._plans[kind] = plan
        return plan

    def forget_plans(self) -> None:
        """The attribute metadata changed, here and not in the worlds that share the plans made so far."""
        self._plans = {}

    def _flagged(self, kind: str) -> frozenset[str]:
        record = self.records.get("metadata", kind)
        return sensitive_names(record["attributes"] if record else None)

    def owner(self, record: Record) -> str | None:
        """The customer whose window shows this record's sensitive values, if it belongs to one."""
        rules = self.records.resource(record["type"]).sensitive
        node: Any = record
        for part in rules.owner if rules else ():
            node = node.get(part) if isinstance(node, dict) else None
        return node if isinstance(node, str) else None

    def window(self, customer: str) -> dict[str, Any] | None:
        """The customer's unmasking window as stored, open or not."""
        row = self.store.get(WINDOW, customer)
        return None if row is None else orjson.loads(row.data)

    def is_unmasked(self, customer: str, now: datetime) -> bool:
        """Whether the customer's window is open at this instant."""
        window = self.window(customer)
        return window is not None and iso(now) < window.get("endDate", "")

    def schedule(self, kind: str, ref: str, at: str) -> None:
        """Have the event `kind` fire for `ref` at an instant (ISO text); replaces an earlier plan for it."""
        dues.schedule(self, {"kind": kind, "ref": ref, "at": at})

    def unschedule(self, kind: str, ref: str) -> None:
        """Forget the event, if it is planned."""
        dues.unschedule(self, kind, ref)

    def settle(self, now: datetime) -> None:
        """Fire everything due by `now`, in order of its time; each event is journalled."""
        dues.settle(self, now)
