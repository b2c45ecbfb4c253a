"""A world: one organisation and everything that changes for it. Forking one costs no copying of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from kustomer_sandbox.contracts.build.masks import MaskedSearch, sensitive_names
from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.records.cache import RecordCache
from kustomer_sandbox.simulator.records.diff import Diff, diff
from kustomer_sandbox.simulator.records.masking import MaskedPaths, Style, compile_masked_paths
from kustomer_sandbox.simulator.records.records import Records
from kustomer_sandbox.simulator.records.unit_of_work import WINDOW, UnitOfWork
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.values.change import Change, Subscriber
from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.ids import Ids
from kustomer_sandbox.simulator.values.readings import RuleNotes
from kustomer_sandbox.simulator.values.record import JSON, Principal, Record
from kustomer_sandbox.simulator.values.unmasking import UnmaskingWindow, WindowSettings, window_at
from kustomer_sandbox.simulator.values.webhooks import Receiver, accept
from kustomer_sandbox.simulator.world import scheduler
from kustomer_sandbox.simulator.world.audit_log import AuditLog
from kustomer_sandbox.simulator.world.derived import Derived
from kustomer_sandbox.simulator.world.faults import Faults
from kustomer_sandbox.simulator.world.files import Files
from kustomer_sandbox.simulator.world.journal import ChangeNotes, Journal
from kustomer_sandbox.simulator.world.limits import Budgets, ceilings_of
from kustomer_sandbox.simulator.world.recording import CallRecording, GradedCalls
from kustomer_sandbox.simulator.world.spending.run import Run
from kustomer_sandbox.simulator.world.state import OPTIONS, Episode, Snapshots, WorldOptions, WorldState
from kustomer_sandbox.simulator.world.waiting.triggers import NOTHING, Triggers

JobHandler = Callable[["World", datetime, str], Record | None]
"""Does a job at its instant, to what its `ref` names; gives the record it changed, None if there was nothing to do."""

Watcher = Callable[["World", Change], None]
"""Is told of every committed change of a world, as its subscribers are."""


@dataclass(slots=True)
class World:
    """Mutable state of one organisation.

    `strict` worlds refuse unknown query parameters; `limits` are budgets of the world's own, by name; `readings` are
    other readings of unverified rules, and `rule_notes`, if somebody wants them, those that decided something.
    `jobs` maps a kind of job to what does it; `renew_keys` is called after the records changed at a stroke, to give
    keys their machine users anew; `subscribers` are told of every change that a call, a job or a scenario makes, and
    so is `watch`, which goes along with a fork. `receiver` takes what is sent to outbound webhooks; `job_notes` is what
    the job that runs has the journal say; `episode` is what makes the world one.
    """

    name: str
    org: str
    org_name: str
    contracts: Contracts
    store: Store
    clock: WorldClock
    ids: Ids
    plan: str = "enterprise"
    masking: Style = "stars"
    errors: ErrorVocabulary = "page"
    ratelimit_reset: RateLimitReset = "exhausted"
    strict: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    rule_notes: RuleNotes | None = field(default=None, repr=False)
    prompt: str = ""
    criteria: tuple[JSON, ...] = ()
    triggers: Triggers = NOTHING
    masked_search: MaskedSearch = "allow"
    windows: WindowSettings = WindowSettings()  # noqa: RUF009 - it cannot be changed
    scenario: str = "empty"
    jobs: Mapping[str, JobHandler] = field(default_factory=dict)
    renew_keys: Callable[[World], None] = lambda _: None
    subscribers: tuple[Subscriber, ...] = ()
    watch: Watcher | None = None
    receiver: Receiver = accept
    job_notes: scheduler.JobNotes = field(default_factory=scheduler.JobNotes, repr=False)
    keys: dict[str, Principal] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    audit_log: AuditLog = field(default_factory=AuditLog, repr=False)
    faults: Faults = field(init=False)
    derived: Derived = field(init=False, repr=False)
    snapshots: Snapshots = field(default_factory=Snapshots)
    episode: Episode | None = None
    recording: CallRecording | None = None
    graded_calls: GradedCalls = field(default_factory=GradedCalls, repr=False)
    cache: RecordCache = field(default_factory=RecordCache, repr=False)
    files: Files = field(default_factory=Files, repr=False)
    records: Records = field(init=False)
    budgets: Budgets = field(init=False)
    _masked_paths: dict[str, MaskedPaths] = field(default_factory=dict)
    _watching: tuple[Subscriber, ...] = ()

    def __post_init__(self) -> None:
        self.records = Records(self.store, self.contracts.resources, self.cache)
        self._watching = () if self.watch is None else (partial(self.watch, self),)
        self._renew_budgets()
        self.faults = Faults(self.contracts)
        self.derived = Derived(self.store)

    def fork(self, name: str) -> World:
        """An independent world in the same state: records, clock, ids, budgets, and what is still to happen.

        It has no keys, journal, snapshots or faults, is no episode, and is called once `Worlds.fork` takes it in.
        """
        fork = World(
            name=name,
            org=self.org,
            org_name=self.org_name,
            contracts=self.contracts,
            store=self.store.fork(),
            clock=WorldClock(self.clock.now(), self.clock.mode),
            ids=self.ids.fork(),
            rule_notes=self.rule_notes,
            scenario=self.scenario,
            jobs=self.jobs,
            renew_keys=self.renew_keys,
            subscribers=self.subscribers,
            watch=self.watch,
            receiver=self.receiver,
            audit_log=AuditLog(self.audit_log.state()),
            cache=self.cache,
            files=self.files.copy(name),
            _masked_paths=self._masked_paths,
            **self._options(),
        )
        fork.records = self.records.on(fork.store)
        return fork

    def configure(self, **options: Unpack[WorldOptions]) -> None:
        """Set the options that are given: those of `WorldSpec` of the same names."""
        for name, value in options.items():
            if value is not None:
                setattr(self, name, value)
        self._renew_budgets()

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in OPTIONS}

    def reads(self, rule: str, reading: str) -> bool:
        """Whether this world has this other reading of a rule of the ledger; asked where the rule decides."""
        if self.rule_notes is not None:
            self.rule_notes.add(rule)
        return self.readings.get(rule) == reading

    def _renew_budgets(self) -> None:
        """Budgets after the world's plan and limits, on its present store and clock."""
        of = self.contracts.limits
        ceilings = ceilings_of(of, self.plan, self.limits)
        self.budgets = Budgets(limits=of, ceilings=ceilings, store=self.store, clock=self.clock, world=self.name)

    def take_state_of(self, other: World) -> None:
        """Take the state of another world; name, keys, snapshots and episode stay. Journal and faults start anew."""
        self.store, self.clock, self.ids = other.store, other.clock, other.ids
        self.org, self.org_name, self.scenario = other.org, other.org_name, other.scenario
        self.files = other.files.copy(self.files.secret)
        self.audit_log = other.audit_log
        self.derived = Derived(self.store)
        self.records = self.records.on(self.store)
        self._configure_as(other)
        self.journal.clear()
        self.faults.clear()
        self._masked_paths = other._masked_paths
        self.renew_keys(self)

    def snapshot(self) -> str:
        """Keep the present state; gives the id to `restore` it by, or to `diff` against."""
        return self.snapshots.take(self.state()).id

    def state(self) -> WorldState:
        """All that goes back with a snapshot, as it is now. Copies no record."""
        return WorldState(
            store=self.store.snapshot(),
            now=self.clock.now(),
            mode=self.clock.mode,
            ids=self.ids.fork(),
            audit_log=self.audit_log.state(),
            org=self.org,
            org_name=self.org_name,
            scenario=self.scenario,
            keys=dict(self.keys),
            **self._options(),
        )

    def restore(self, id: str) -> None:
        """Go back to a snapshot, as often as wanted. Raises `UnknownSnapshot`.

        Every key goes on working: one issued since then gets its machine user anew. Journal and armed faults stay.
        """
        state = self.snapshots.get(id).state
        self.store.restore(state.store)
        self.derived.forget()
        self.clock.run(state.mode)
        self.clock.move_to(state.now)
        self.ids = state.ids.fork()
        self.audit_log.restore(state.audit_log)
        self.org, self.org_name, self.scenario = state.org, state.org_name, state.scenario
        self._configure_as(state)
        self.forget_masked_paths()
        self.keys |= {key: who for key, who in state.keys.items() if key in self.keys}
        self.renew_keys(self)

    def _configure_as(self, other: World | WorldState) -> None:
        for name in OPTIONS:
            setattr(self, name, getattr(other, name))
        self._renew_budgets()

    def diff(self, since: str, until: str | None = None) -> Diff:
        """What has changed from a snapshot to now, or to another one. Raises `UnknownSnapshot`."""
        before = self.snapshots.store_at(since, self.store)
        after = self.store if until is None else self.snapshots.store_at(until, self.store)
        return diff(before, after, self.contracts.resources.values())

    def record(self, *, whole: bool = True) -> CallRecording:
        """Keep every call from now on, values included if `whole`, in memory only; `recording = None` ends it."""
        self.recording = recording = CallRecording(whole=whole)
        return recording

    def run_of(self, recording: CallRecording) -> Run:
        """The run that a recording of this world has noted, as far as it has come."""
        return recording.notes.run(self.plan, self.limits)

    def masked_paths(self, kind: str) -> MaskedPaths:
        """What is hidden of a record type, compiled from the metadata once until it changes."""
        plan = self._masked_paths.get(kind)
        if plan is None:
            plan = compile_masked_paths(self.records.resource(kind), kind, self._flagged)
            self._masked_paths[kind] = plan
        return plan

    def forget_masked_paths(self) -> None:
        """The attribute metadata changed, here and not in the worlds that share the plans made so far."""
        self._masked_paths = {}

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

    def live_keys(self) -> list[Principal]:
        """Those of the keys that have not been deleted, in the order they were issued."""
        return [principal for principal in self.keys.values() if not self.derived.is_ended(principal.user_id)]

    def unit_of_work(self, *subscribers: Subscriber) -> UnitOfWork:
        """What one call, job or act of a scenario reads and writes; `subscribers` are told of its changes alone."""
        return UnitOfWork(self.records, (self.audit_log.keep, *subscribers, *self.subscribers, *self._watching))

    @contextmanager
    def subscribed(self, subscriber: Subscriber) -> Iterator[None]:
        """Have somebody told of every change that is made inside."""
        before = self.subscribers
        self.subscribers = (*before, subscriber)
        try:
            yield
        finally:
            self.subscribers = before

    def unmasking_window(self, customer: str, now: datetime) -> UnmaskingWindow | None:
        """The customer's unmasking window at an instant, open or not; None if there never was one."""
        row = self.store.get(WINDOW, customer)
        return None if row is None else window_at(row.data, now)

    def schedule(self, kind: str, ref: str, at: str) -> None:
        """Have the job `kind` done for `ref` at an instant (ISO text); replaces an earlier plan for it."""
        scheduler.schedule(self.store, {"kind": kind, "ref": ref, "at": at})

    def unschedule(self, kind: str, ref: str) -> None:
        """Forget the job, if it is planned."""
        scheduler.unschedule(self.store, kind, ref)

    def watched_by(self, watch: Watcher | None, receiver: Receiver) -> None:
        """Have somebody told of every change from now on, and somebody receive what is sent to webhooks."""
        self.watch, self.receiver = watch, receiver
        self._watching = () if watch is None else (partial(watch, self),)

    def run_due(self, now: datetime) -> None:
        """Do every job due by `now`, in order of its time; each is journalled."""
        scheduler.run_due(self.store, self.journal, self._run_job, now)

    def _run_job(self, kind: str, at: datetime, ref: str) -> scheduler.JobDone:
        changed, self.job_notes = ChangeNotes(), scheduler.JobNotes()
        with self.subscribed(changed.add):
            record = self.jobs[kind](self, at, ref)
        return scheduler.JobDone(record, changed, self.job_notes)
