"""The API of a process whose worlds are kept: each call is answered once what it changed is written down."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.hosting.keys import opening_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.keeping.database import (
    CannotOpenStore,
    StoreUnavailable,
    open_database,
    path_of,
    speaking,
)
from kustomer_sandbox.simulator.keeping.keeper import Keeper
from kustomer_sandbox.simulator.keeping.loading import Loader
from kustomer_sandbox.simulator.records.deliveries import deliveries
from kustomer_sandbox.simulator.request.fault_effects import InjectedError
from kustomer_sandbox.simulator.request.file_door import is_file
from kustomer_sandbox.simulator.request.responses import error_reply
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.webhooks import take_answer
from kustomer_sandbox.simulator.world.world import World

_LOG = logging.getLogger(__name__)
_SECRET_BYTES = 32
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
            return error_reply(InjectedError(_UNAVAILABLE, "", f"Nothing was done: {fault}."), "page")
        return reply

    def keep_touched(self) -> None:
        """Write down what calls and jobs have changed. Raises `StoreUnavailable`; then none of it has happened."""
        try:
            self.keeper.keep_touched(self.worlds)
        except StoreUnavailable:
            take_up(self)
            raise

    def keep(self) -> None:
        """Write down whatever differs in any world. Raises as `keep_touched`."""
        try:
            self.keeper.keep_all(self.worlds)
        except StoreUnavailable:
            take_up(self)
            raise

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

    def end_attempts(self) -> None:
        """What was on its way to a webhook as an earlier process ended has had no answer: it will be sent again.

        Call it once whoever receives what worlds send is there, for other work may be due by now, too.
        """
        for world in self.worlds:
            for delivery in deliveries(world.store):
                if delivery.status == "sending":
                    take_answer(world, delivery.id, 0)
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


def _differing(kept: WorldSpec, asked: WorldSpec) -> str:
    """The options in which two plans differ."""
    return ", ".join(part.name for part in fields(WorldSpec) if getattr(kept, part.name) != getattr(asked, part.name))


def open_kept(url: str, api: Api, *, random_hex: Callable[[int], str], only_noted: bool = False) -> KeptApi:
    """A simulator that goes on with the worlds of a store, which is made if it is missing.

    With `only_noted` worlds are kept that have a note alone; nobody who reads the file can work out a key of theirs,
    and what was deleted from it is overwritten. Raises `CannotOpenStore`.
    """
    path = path_of(url)
    connection = open_database(path)
    secret = random_hex(_SECRET_BYTES)
    if only_noted:
        connection.execute("PRAGMA secure_delete = ON")
    else:
        connection.execute("INSERT OR IGNORE INTO facts VALUES ('secret', ?)", (secret,))
        [(secret,)] = connection.execute("SELECT value FROM facts WHERE name = 'secret'").fetchall()
    keeper = Keeper(connection, only_noted=only_noted)
    api.worlds.keeping = keeper
    parts = {part.name: getattr(api, part.name) for part in fields(Api)}
    kept = KeptApi(**parts, keeper=keeper, secret=bytes.fromhex(secret))
    try:
        with speaking():
            keeper.tidy()
        take_up(kept)
    except StoreUnavailable as fault:
        keeper.close()
        raise CannotOpenStore(f"{path}: {fault}; make room for it, or name another file") from None
    return kept


def take_up(api: KeptApi) -> None:
    """Have all worlds as they are written down, those that are there already included. Raises `StoreUnavailable`."""
    keeper, worlds = api.keeper, api.worlds
    with speaking():
        loader = Loader(keeper.connection, worlds)
        lines = keeper.connection.execute("SELECT world, entry FROM changes ORDER BY number").fetchall()
        found = {one.world.name: one for one in loader.worlds()}
    for name, entry in lines:
        if name in found:
            loader.apply(found[name].world, entry)
    for name in [world.name for world in filter(keeper.keeps, worlds) if world.name not in found]:
        worlds.drop(name)
    keeper.begin_anew(loader.layers())
    for name, one in found.items():
        world = worlds.get(name) or one.world
        _turn_no_clock_back(one.world)
        if world is not one.world:
            _become(world, one.world)
        worlds.resume(world, one.spec, one.start)
        keeper.resumed(world, one.states, one.note)
        keeper.pair(one.start.world)


def _become(world: World, other: World) -> None:
    """Have a world be another one in all that it is, for those who hold it. The other is of no use afterwards."""
    for part in fields(World):
        setattr(world, part.name, getattr(other, part.name))


def _turn_no_clock_back(world: World) -> None:
    """A world goes on no earlier than its last call, whatever the machine's clock says by now."""
    last = next((row[0] for row in reversed(world.journal.rows_since(0)) if isinstance(row[0], datetime)), None)
    if last is not None and world.clock.now() < last:
        world.clock.move_to(last)
