"""The proof from beginning to end: worlds of this process one after another, or a running sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from multiprocessing import get_context

from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.request.webhook_events import EVENTS
from kustomer_sandbox.simulator.resources.hooks.outbound_webhooks import new_webhook
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.pii.canaries.drive import CanaryTally, Drive, Progress
from kustomer_sandbox.testkit.pii.canaries.marks import Canaries
from kustomer_sandbox.testkit.pii.canaries.planting import plant_in
from kustomer_sandbox.testkit.pii.canaries.rights import KnownRights, WorldRights
from kustomer_sandbox.testkit.pii.canaries.targets import RemoteTarget, WorldTarget

PART = 1_000
"""So many calls are made of one world; then a fresh one is taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryReport:
    """What was tried, and the first canary that got out, in words; none if `leak` is empty."""

    calls: int
    succeeded: int
    seed: str
    operations: int
    tools: int
    canaries: int
    leak: str = ""

    def as_text(self) -> str:
        """One or two lines for people."""
        done = (
            f"{self.calls:,} calls ({self.succeeded:,} succeeded), {self.operations} operations, {self.tools} tools, "
            f"{self.canaries:,} canaries, seed {self.seed}"
        )
        return f"A canary got out: {self.leak}\n{done}" if self.leak else f"No canary got out: {done}"

    def as_json(self) -> dict[str, int | str]:
        """The same as a JSON object."""
        return asdict(self)


def prove(calls: int, *, seed: str, jobs: int = 1, progress: Progress = lambda _: None) -> CanaryReport:
    """Drive fresh demo worlds of this process with so many calls, in as many processes as `jobs` says.

    The same seed makes the same calls, however many processes there are.
    """
    parts = [(number, min(PART, calls - start)) for number, start in enumerate(range(0, calls, PART))]
    done, tallies = 0, []
    for tally in _tallies(parts, seed, jobs):
        tallies.append(tally)
        done += tally.calls
        progress(done)
        if tally.leak:
            break
    return _report(tallies, seed)


def _tallies(parts: list[tuple[int, int]], seed: str, jobs: int) -> Iterator[CanaryTally]:
    if jobs == 1:
        api = create_api()
        yield from (_part(api, seed, part) for part in parts)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(partial(part_alone, seed), parts)
        finally:
            pool.shutdown(cancel_futures=True)


def part_alone(seed: str, part: tuple[int, int]) -> CanaryTally:
    """One part in a process that is there for such parts."""
    return _part(_api_of_this_process(), seed, part)


@cache
def _api_of_this_process() -> Api:
    return create_api()


def _part(api: Api, seed: str, part: tuple[int, int]) -> CanaryTally:
    number, calls = part
    world = api.worlds.create(WorldSpec(name="canaries", scenario="demo", plan="ultimate"))
    try:
        return drive_world(api, world, calls, seed=f"{seed}/{number}")
    finally:
        api.worlds.drop(world.name)


def drive_world(
    api: Api, world: World, calls: int, *, seed: str, mcp: str = "", progress: Progress = lambda _: None
) -> CanaryTally:
    """Have canaries stand for all sensitive values of a world, and drive it; it is not as before afterwards.

    `mcp` is the URL of another MCP server in front of this world; without it, it is given one of ours.
    """
    canaries = Canaries()
    new_webhook(
        system_context(world),
        {"name": "Canaries", "url": "https://canaries.example.com", "events": sorted(set(EVENTS.values()))},
    )
    with WorldTarget(api, world, mcp=mcp) as target:
        rights = WorldRights(world, canaries)
        drive = Drive(target, contracts=api.contracts, canaries=canaries, rights=rights, seed=seed, is_kept=False)
        drive.prepare()
        plant_in(world, canaries)
        drive.bring()
        return drive.run(calls, progress)


def prove_world(api: Api, world: World, calls: int, *, seed: str, mcp: str = "") -> CanaryReport:
    """The same of one world that there is, which is not as before afterwards."""
    return _report([drive_world(api, world, calls, seed=f"{seed}/0", mcp=mcp)], seed)


def prove_running(
    rest: str, key: str, *, mcp: str, calls: int, seed: str, progress: Progress = lambda _: None
) -> CanaryReport:
    """Drive a running API by its origin, and an MCP server in front of it.

    It marks attributes, makes and changes records: an organisation that is not for this alone is spoilt. Raises
    `TargetError`.
    """
    canaries = Canaries()
    with RemoteTarget(rest, key, mcp=mcp) as target:
        drive = Drive(
            target, contracts=load(), canaries=canaries, rights=KnownRights(canaries), seed=seed, is_kept=True
        )
        drive.prepare()
        drive.bring()
        return _report([drive.run(calls, progress)], seed)


def _report(tallies: list[CanaryTally], seed: str) -> CanaryReport:
    leaks = [str(tally.leak) for tally in tallies if tally.leak]
    return CanaryReport(
        calls=sum(tally.calls for tally in tallies),
        succeeded=sum(tally.succeeded for tally in tallies),
        seed=seed,
        operations=len({id for tally in tallies for id in tally.operations}),
        tools=len({name for tally in tallies for name in tally.tools}),
        canaries=sum(tally.canaries for tally in tallies),
        leak=leaks[0] if leaks else "",
    )
