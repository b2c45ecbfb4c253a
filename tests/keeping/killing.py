"""Every kind of write, one after the other without end, in a process that is killed; and what must be there then."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.faults import FaultMatch, Status
from tests.keeping.kept_stage import KeptStage, all_of, fresh_api

fresh_api()  # once, for all the processes that are forked from the one that imports this

PLAN: dict[str, Any] = {"limits": {"org": 10**6}}


def latest(stage: KeptStage, kind: str) -> str:
    """The record of a type that was made last."""
    found = stage.world.records.find(kind, "id", order="desc", limit=1)
    return str(found[0]["id"]) if found else "0" * 24


def post(path: str, **body: Any) -> Callable[[KeptStage], object]:
    return lambda stage: stage.client.post(path.format(c=latest(stage, "customer")), body)


def control(do: Callable[[KeptStage], object]) -> Callable[[KeptStage], object]:
    """What the control API does: then everything that differs is kept."""

    def done(stage: KeptStage) -> None:
        do(stage)
        stage.api.keep()

    return done


def fork(stage: KeptStage) -> None:
    if stage.api.worlds.get("fork") is None:
        stage.api.worlds.fork(stage.world, "fork")


def drop(stage: KeptStage) -> None:
    if stage.api.worlds.get("fork") is not None:
        stage.api.worlds.drop("fork")


def make_world(stage: KeptStage) -> None:
    name = f"made-{len(list(stage.api.worlds)) % 3}"
    if stage.api.worlds.get(name) is None:
        stage.api.worlds.create(WorldSpec(name=name, scenario="demo"))
    else:
        stage.api.worlds.drop(name)


def forget_snapshot(stage: KeptStage) -> None:
    for snapshot in stage.world.snapshots.all()[:-2]:
        stage.world.snapshots.forget(snapshot.id)


def restore(stage: KeptStage) -> None:
    for snapshot in stage.world.snapshots.all()[-1:]:
        stage.world.restore(snapshot.id)


def toggle_recording(stage: KeptStage) -> None:
    if stage.world.recording is None:
        stage.world.record(whole=False)
    else:
        stage.world.recording = None


WRITES: dict[str, Callable[[KeptStage], object]] = {
    "a customer": post("/v1/customers", name="Jane", tags=["a", "b"]),
    "a conversation": lambda s: s.client.post("/v1/conversations", {"customer": latest(s, "customer"), "name": "Late"}),
    "a message": lambda s: s.client.post(
        f"/v1/conversations/{latest(s, 'conversation')}/messages",
        {"channel": "chat", "preview": "x" * 3000, "app": "chat", "direction": "in"},
    ),
    "a change": lambda s: s.client.put(f"/v1/customers/{latest(s, 'customer')}", {"name": "Jane D."}),
    "a scheduled draft": post("/v1/customers/{c}/drafts", channel="sms", body="x", sendAt="now+1h", scheduled=True),
    "a webhook": post(
        "/v1/outbound-webhooks", name="W", url="https://a.example.com/", events=["kustomer.customer.create"]
    ),
    "a customer that a webhook tells of": post("/v1/customers", name="John"),
    "a read": lambda s: s.client.get("/v1/customers"),
    "a refusal": post("/v1/customers", name=5),
    "a window": post("/v1/customers/{c}/unmasking-windows"),
    "a recording": control(toggle_recording),
    "a fault": control(lambda s: s.world.faults.arm(FaultMatch(method="PUT"), Status(status=503), times=2)),
    "a snapshot": control(lambda s: s.world.snapshot()),
    "a deletion": lambda s: s.client.delete(f"/v1/customers/{latest(s, 'customer')}"),
    "a fork": control(fork),
    "time": control(lambda s: s.client.advance(1800)),
    "a restored snapshot": control(restore),
    "a new world": control(make_world),
    "a key": control(lambda s: issue_key(s.api.worlds, s.world, roles=["org"])),
    "a world that goes": control(drop),
    "settings": control(lambda s: s.world.configure(masking="partial" if s.world.masking == "stars" else "stars")),
    "a forgotten snapshot": control(forget_snapshot),
    "a file": control(lambda s: s.world.files.keep(str(s.world.ids.counter).encode() * 5000)),
}
RESET = control(lambda s: s.api.worlds.reset(s.world))
"""Once in a long while: it empties the journal, with all that could differ."""


def write(stage: KeptStage, number: int) -> None:
    """The write of this number."""
    RESET(stage) if number % 500 == 499 else list(WRITES.values())[number % len(WRITES)](stage)


def whole(stage: KeptStage) -> dict[str, Any]:
    """All worlds of a process."""
    return {world.name: all_of(world) for world in stage.api.worlds}


def work(store: Path | str, first: int, told: Connection) -> None:
    """Write from a number on, and tell of each write once it is answered, until the process is killed."""
    stage = KeptStage(store, **PLAN)
    number = first
    while True:
        write(stage, number)
        told.send(number)
        number += 1


def killed(store: Path | str, first: int, chance: random.Random, most: int) -> int:
    """Have a process write from a number on, and kill it; gives how many of its writes were answered."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(store, first, theirs), daemon=True)
    process.start()
    theirs.close()
    answered = 0
    for _ in range(chance.randint(1, most)):
        mine.recv()
        answered += 1
    # From within one write to within the next: nothing here is timed.
    for _ in range(chance.randint(0, 20_000)):
        pass
    process.kill()
    process.join()
    try:
        while True:
            mine.recv()
            answered += 1
    except EOFError:
        return answered
