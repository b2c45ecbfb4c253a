"""All worlds of one process, by name and by API key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from kustomer_sandbox.contracts.build.masks import MaskedSearch
from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.hosting.founding import found
from kustomer_sandbox.simulator.hosting.keeping import Keeping, KeptStart
from kustomer_sandbox.simulator.hosting.machine_users import renew_keys
from kustomer_sandbox.simulator.hosting.signed_in import signed_in
from kustomer_sandbox.simulator.records.masking import Style
from kustomer_sandbox.simulator.store.memory import MemoryStore
from kustomer_sandbox.simulator.values.clock import EPOCH, Mode, WorldClock
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary
from kustomer_sandbox.simulator.values.http import RateLimitReset
from kustomer_sandbox.simulator.values.ids import Ids
from kustomer_sandbox.simulator.values.readings import RuleNotes, check_readings
from kustomer_sandbox.simulator.values.record import Principal
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.values.webhooks import Receiver, accept
from kustomer_sandbox.simulator.world.journal import Journal
from kustomer_sandbox.simulator.world.limits import ceilings_of
from kustomer_sandbox.simulator.world.world import JobHandler, Watcher, World

Seeder = Callable[[World], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldSpec:
    """What a world is made from. The same plan gives the same world, to the byte.

    `errors` is the scenario's own choice of words unless given, and that is `page` where the scenario has none; and so
    is `ratelimit_reset`, when the header of that name is sent, which is `exhausted` where the scenario has no choice.
    `strict` worlds refuse unknown query parameters, others ignore them; `limits` are budgets of the world's own, by
    name, such as `{"record_updates": 120}`; `readings` are other readings of unverified rules, by rule, such as
    `{"page-size-clamped": "refused"}`. What is not said here is as the scenario says.
    """

    name: str
    scenario: str = "empty"
    seed: str = "0"
    plan: str = "enterprise"
    start: datetime = EPOCH
    mode: Mode = "frozen"
    masking: Style = "stars"
    errors: ErrorVocabulary | None = None
    ratelimit_reset: RateLimitReset | None = None
    strict: bool | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    masked_search: MaskedSearch = "allow"
    windows: WindowSettings = WindowSettings()  # noqa: RUF009 - it cannot be changed


class _UnknownName(Exception):
    def __init__(self, known: list[str]) -> None:
        super().__init__(", ".join(known))
        self.known = known


class UnknownScenario(_UnknownName):
    """No scenario has this name."""


class UnknownPlan(_UnknownName):
    """No organisation plan has this name."""


class UnknownLimit(_UnknownName):
    """No budget has this name."""


class NameTaken(Exception):
    """Another world, or another scenario, has this name."""


_FILE_SECRET_BYTES = 16
TEMPLATES = 8
"""How many seeded worlds are kept to make others from; each takes some megabytes."""


@dataclass(slots=True)
class Worlds:
    """Makes, finds, resets and drops worlds. Seeded scenarios are built once and forked from then on.

    `random_hex` gives so many random bytes as text, for the keys of a sandbox that others can reach; without it a key
    follows from its world, and so is no secret. `strangers` holds the calls that no world answered for: those without
    a key, or with one that is not known. `watch` is told of every change in a world, and `receiver` takes what worlds
    send to webhooks. `readings` are those of all worlds that are not told otherwise, and `rule_notes`, if somebody
    wants them, the rules with readings that decided something in any of them. `keeping` has them outlive the process,
    if somebody does. `on_drop` is told of a world that is dropped, while it is still whole.
    """

    contracts: Contracts
    scenarios: Mapping[str, Seeder]
    jobs: Mapping[str, JobHandler]
    random_hex: Callable[[int], str] | None = None
    watch: Watcher | None = None
    receiver: Receiver = accept
    strangers: Journal = field(default_factory=Journal)
    readings: Mapping[str, str] = field(default_factory=dict)
    rule_notes: RuleNotes | None = None
    keeping: Keeping | None = None
    on_drop: Callable[[World], None] = lambda _: None
    _worlds: dict[str, World] = field(default_factory=dict)
    _plans: dict[str, WorldSpec] = field(default_factory=dict)
    _keys: dict[str, World] = field(default_factory=dict)
    _origins: dict[str, World] = field(default_factory=dict)
    _starts: dict[str, KeptStart] = field(default_factory=dict)
    _seeded: dict[tuple[str, str, datetime], World] = field(default_factory=dict)

    def create(self, plan: WorldSpec) -> World:
        """A new world. Raises `NameTaken`, `UnknownPlan`, `UnknownLimit`, `UnknownReading` or `UnknownScenario`."""
        if plan.name in self._worlds:
            raise NameTaken(plan.name)
        if plan.plan not in self.contracts.limits.plans:
            raise UnknownPlan(sorted(self.contracts.limits.plans))
        known = ceilings_of(self.contracts.limits, plan.plan, {})
        if not plan.limits.keys() <= known.keys():
            raise UnknownLimit(sorted(known))
        if plan.scenario not in self.scenarios:
            raise UnknownScenario(list(self.scenarios))
        check_readings(plan.readings)
        world = self._build(plan)
        self._admit_files(world)
        self._worlds[plan.name] = world
        self._plans[plan.name] = plan
        if self.keeping is not None:
            self.keeping.begun(world)
        return world

    def resume(self, world: World, plan: WorldSpec, start: KeptStart) -> None:
        """Take in a world that was kept, with its keys; `start` is what it was made as, to which it is reset."""
        if plan.name in self._worlds:  # it is taken in once more, maybe with other keys
            self._keys = {digest: of for digest, of in self._keys.items() if of.name != plan.name}
        self._worlds[plan.name], self._plans[plan.name], self._starts[plan.name] = world, plan, start
        self._keys |= dict.fromkeys(world.keys, world)
        world.rule_notes = self.rule_notes or (RuleNotes() if plan.readings else None)
        world.watched_by(self.watch, self.receiver)

    def pristine(self, plan: WorldSpec) -> World:
        """A world as `create` makes it, which is not among these: to look things up in, out of reach of calls."""
        return self._build(plan)

    def fork(self, world: World, name: str) -> World:
        """An independent world that starts in another's present state, and is reset to it. Raises `NameTaken`."""
        if name in self._worlds:
            raise NameTaken(name)
        self._origins[name] = self._forked(world, name)
        self._worlds[name] = fork = self._forked(world, name)
        self._admit_files(fork)
        self._plans[name] = replace(self._plans[world.name], name=name)
        if self.keeping is not None:
            self.keeping.begun(fork)
        return fork

    def _forked(self, world: World, name: str) -> World:
        fork = world.fork(name)
        if self.keeping is not None:
            self.keeping.prepare(fork)
        return fork

    def _admit_files(self, world: World) -> None:
        """Have the addresses of a world's files signed by what others cannot work out, if keys are secret, too."""
        world.files.secret = self.random_hex(_FILE_SECRET_BYTES) if self.random_hex else world.name

    def add_scenario(self, name: str, seeder: Seeder) -> None:
        """Let worlds be made from a scenario of one's own, such as one read by `load_scenario`. Raises `NameTaken`."""
        if name in self.scenarios:
            raise NameTaken(name)
        self.scenarios = {**self.scenarios, name: seeder}

    def get(self, name: str) -> World | None:
        return self._worlds.get(name)

    def __iter__(self) -> Iterator[World]:
        return iter(self._worlds.values())

    def free_name(self) -> str:
        """A name no world has, such as `world-1`."""
        names = (f"world-{number}" for number in count(len(self._worlds) + 1))
        return next(name for name in names if name not in self._worlds)

    def plan_of(self, name: str) -> WorldSpec:
        return self._plans[name]

    def admit(self, world: World, key_digest: str, principal: Principal) -> None:
        """Let the key of this digest call in a world."""
        world.keys[key_digest] = principal
        self._keys[key_digest] = world

    def dismiss(self, world: World, key_digest: str) -> None:
        """Let the key of this digest call no more; its machine user stays, unless a snapshot takes it back."""
        world.keys.pop(key_digest, None)
        self._keys.pop(key_digest, None)

    def set_keys(self, world: World, keys: Mapping[str, Principal]) -> None:
        """Let these keys call in a world, by their digests, and no others."""
        for key_digest in world.keys:
            self._keys.pop(key_digest, None)
        world.keys = dict(keys)
        self._keys |= dict.fromkeys(keys, world)

    def world_of_key(self, key_digest: str) -> World | None:
        """The world that issued this key; None for none, and for a sign-in's."""
        return self._keys.get(key_digest)

    def by_key(self, key_digest: str) -> tuple[World, Principal] | None:
        """World and principal of a key's or sign-in's digest; none for one that was deleted by a call or is over."""
        world = self._keys.get(key_digest)
        if world is None:
            return next(filter(None, (signed_in(world, key_digest) for world in self)), None)
        if world.derived.is_ended((principal := world.keys[key_digest]).user_id):
            return None
        return world, principal

    def reset(self, world: World) -> None:
        """Put a world back to how it was made; its keys go on working, with machine users made anew."""
        world.take_state_of(self.as_made(world))

    def as_made(self, world: World) -> World:
        """A world as this one was made, to look things up in, out of reach of calls."""
        origin, start = self._origins.get(world.name), self._starts.get(world.name)
        if start is not None:
            fresh = self._forked(start.world, world.name)
            fresh.clock.run(start.mode)
            return fresh
        return self._build(self._plans[world.name]) if origin is None else self._forked(origin, world.name)

    def drop(self, name: str) -> None:
        """Forget a world and its keys."""
        world = self._worlds.pop(name)
        self.on_drop(world)
        self._plans.pop(name)
        self._origins.pop(name, None)
        self._starts.pop(name, None)
        for key_digest in world.keys:
            self._keys.pop(key_digest, None)

    def _build(self, plan: WorldSpec) -> World:
        template = (plan.scenario, plan.seed, plan.start)
        seeded = self._seeded.pop(template, None)
        if seeded is None:
            seeded = self._empty(plan)
            self.scenarios[plan.scenario](seeded)
            seeded.journal.clear()
        # Those used last come last; what is forgotten is seeded anew, to the same bytes.
        self._seeded[template] = seeded
        if len(self._seeded) > TEMPLATES:
            del self._seeded[next(iter(self._seeded))]
        world = self._forked(seeded, plan.name)
        world.configure(
            plan=plan.plan,
            masking=plan.masking,
            errors=plan.errors,
            ratelimit_reset=plan.ratelimit_reset,
            masked_search=plan.masked_search,
            windows=plan.windows,
            strict=plan.strict,
            limits={**seeded.limits, **plan.limits},
            readings={**self.readings, **plan.readings},
        )
        world.rule_notes = self.rule_notes
        if plan.readings:  # its journal tells of them, whoever else takes notes
            world.rule_notes = RuleNotes(asked=self.rule_notes.asked if self.rule_notes else set())
        world.clock.run(plan.mode)
        world.watched_by(self.watch, self.receiver)
        return world

    def _empty(self, plan: WorldSpec) -> World:
        ids = Ids(f"{plan.scenario}/{plan.seed}")
        world = World(
            name=plan.name,
            org=ids.new(plan.start),
            org_name=plan.scenario,
            contracts=self.contracts,
            store=MemoryStore() if self.keeping is None else self.keeping.new_store(),
            clock=WorldClock(plan.start),
            ids=ids,
            scenario=plan.scenario,
            jobs=self.jobs,
            renew_keys=renew_keys,
            watch=self.watch,
        )
        if self.keeping is not None:
            self.keeping.prepare(world)
        found(world)
        return world
