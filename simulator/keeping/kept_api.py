"""The API of a process whose worlds are kept: each call is answered once what it changed is written down."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import opening_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.database import StoreUnavailable
from kustomer_sandbox.simulator.keeping.keeper import Keeper
from kustomer_sandbox.simulator.keeping.loading import KeptWorld, Loader
from kustomer_sandbox.simulator.records.deliveries import deliveries
from kustomer_sandbox.simulator.request.fault_effects import InjectedError
from kustomer_sandbox.simulator.request.file_door import is_file
from kustomer_sandbox.simulator.request.responses import error_reply
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.webhooks import take_answer
from kustomer_sandbox.simulator.world.world import World

_LOG = logging.getLogger(__name__)
_UNAVAILABLE = 503
_TICKS_AFTER_FAILURE = 50


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class KeptApi(Api):
    """The simulator, whose worlds `keeper` writes down. Where it cannot, a call is a 503 and has not happened."""

    keeper: Keeper
    secret: bytes

    def handle(self, request: Request) -> Reply:
        reply = Api.handle(self, request)
        try:
            if request.method != "GET" and is_file(request.path):
                self.keep()
            else:
                self.keep_touched()
        except StoreUnavailable as fault:
            return unavailable(fault)
        return reply

    def keep_touched(self) -> None:
        """Write down what calls and jobs have changed. Raises `StoreUnavailable`; then none of it has happened."""
        try:
            self.keeper.keep_touched(self.worlds)
        except StoreUnavailable:
            reload_worlds(self)
            raise

    def keep(self) -> None:
        """Write down whatever differs in any world. Raises as `keep_touched`."""
        try:
            self.keeper.keep_all(self.worlds)
        except StoreUnavailable:
            reload_worlds(self)
            raise

    @property
    def is_shared(self) -> bool:
        """Whether other processes may have the worlds, too."""
        return self.keeper.database.is_shared

    def hold(self) -> None:
        """A request begins that is more than one call. Raises `StoreUnavailable`."""

    def release(self) -> None:
        """Such a request is about to be answered: write down whatever differs in any world. Raises as `keep`."""
        self.keep()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """As `Api` says; what was done is kept. Raises as `hold` and `keep`."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def tick(self, do: Callable[[], None]) -> None:
        """Do what is done ten times a second, and keep what it has changed.

        Where nothing can be kept, little is begun: what falls due would be undone, and done again the next time.
        """
        if self.keeper.ticks_to_wait:
            self.keeper.ticks_to_wait -= 1
            return
        do()
        try:
            if self.keeper.is_behind(self.worlds):
                self.keep()
            else:
                self.keep_touched()
        except StoreUnavailable as fault:
            self.keeper.ticks_to_wait = _TICKS_AFTER_FAILURE
            _LOG.warning("what fell due waits: %s", fault)

    def end_attempts(self, under_way: Collection[tuple[str, str]] = ()) -> None:
        """What was on its way to a webhook as an earlier process ended has had no answer: it will be sent again.

        Call it once whoever receives what worlds send is there, for other work may be due by now, too. What is still
        `under_way` from this process is named by its world and its delivery.
        """
        end_attempts(self, under_way)
        self.keep_touched()

    def opening(self, plan: WorldSpec) -> tuple[World, str]:
        """The world of this name as it was kept, whatever else the plan says, or a new one; and `key_of` it."""
        world = self.worlds.get(plan.name)
        if world is None:
            world = self.worlds.create(plan)
        elif differing := _differing(self.worlds.plan_of(plan.name), plan):
            _LOG.warning("world %s goes on as it is kept: it was made with another %s", plan.name, differing)
        key = self.key_of(world)
        self.keep()
        return world, key

    def key_of(self, world: World) -> str:
        """A key of a world that is the same at every start, and nobody's guess if the others are not."""
        is_secret = self.worlds.random_hex is not None
        own = hmac.digest(self.secret, f"key of {world.name}".encode(), "sha256").hex() if is_secret else ""
        return opening_key(self.worlds, world, own)

    def close(self) -> None:
        """The process ends."""
        self.keeper.close()


def end_attempts(api: Api, under_way: Collection[tuple[str, str]]) -> None:
    """Take it that what is on its way to webhooks will have no answer, but for what is `under_way`."""
    for world in api.worlds:
        for delivery in deliveries(world.store):
            if delivery.status == "sending" and (world.name, delivery.id) not in under_way:
                take_answer(world, delivery.id, 0)


def unavailable(fault: StoreUnavailable) -> Reply:
    """The answer to a call that could not be kept."""
    return error_reply(InjectedError(_UNAVAILABLE, "", fault.told), "page")


def _differing(kept: WorldSpec, asked: WorldSpec) -> str:
    """The options in which two plans differ."""
    return ", ".join(part.name for part in fields(WorldSpec) if getattr(kept, part.name) != getattr(asked, part.name))


def reload_worlds(api: KeptApi) -> None:
    """Have all worlds as they are written down, those that are there already included. Raises `StoreUnavailable`."""
    keeper, worlds = api.keeper, api.worlds
    loader = Loader(keeper.database, worlds)
    found = {one.world.name: one for one in loader.worlds()}
    for name, one in found.items():
        for entry in keeper.database.waiting_lines(name):
            loader.apply(one.world, entry)
    for name in [world.name for world in filter(keeper.keeps, worlds) if world.name not in found]:
        worlds.drop(name)
    keeper.begin_anew(worlds)
    for one in found.values():
        resume(api, loader, one)


def reload_world(api: KeptApi, name: str, *, goes_on: bool) -> None:
    """Have one world as it is written down; `goes_on` says that it was not reset. Raises as `reload_worlds`."""
    loader = Loader(api.keeper.database, api.worlds)
    one = loader.world(name)
    if one is None:
        return
    for entry in api.keeper.database.waiting_lines(name):
        loader.apply(one.world, entry)
    there = api.worlds.get(name)
    if goes_on and there is not None:  # what is under way to a webhook since before is still of this world
        there.clock.become(one.world.clock)
        one.world.clock = there.clock
        one.world.configure()
    resume(api, loader, one)


def resume(api: KeptApi, loader: Loader, one: KeptWorld) -> None:
    """Have a world that was read among the others, as the same object if it is there."""
    worlds, keeper = api.worlds, api.keeper
    world = worlds.get(one.world.name) or one.world
    _turn_no_clock_back(one.world)
    if world is not one.world:
        _become(world, one.world)
    keeper.hold(loader.layers())
    worlds.resume(world, one.spec, one.start)
    keeper.resumed(world, one.began_as)
    keeper.prepare(one.start.world)


def _become(world: World, other: World) -> None:
    """Have a world be another one in all that it is, for those who hold it. The other is of no use afterwards."""
    for part in fields(World):
        setattr(world, part.name, getattr(other, part.name))


def _turn_no_clock_back(world: World) -> None:
    """A world goes on no earlier than its last call, whatever the machine's clock says by now."""
    last = next((row[0] for row in reversed(world.journal.rows_since(0)) if isinstance(row[0], datetime)), None)
    if last is not None and world.clock.now() < last:
        world.clock.move_to(last)
