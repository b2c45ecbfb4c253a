"""A bundle: one run with all that is needed to recompute its verdict anywhere.

The first line says what the world was made from, with the text of the scenario file; then come the calls as they were
sent, without their key, and last the verdict. It holds whatever the agent sent: values of a sandbox's world.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kustomer_sandbox.contracts.call_headers import CALL_HEADER, call_id
from kustomer_sandbox.grading.chain import DamagedBundle, chained, unchained
from kustomer_sandbox.grading.judge import grade_world
from kustomer_sandbox.grading.stepped_clock import SteppedClock, give_clock
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.scenarios.files.loader import scenario_of
from kustomer_sandbox.simulator.values.clock import Mode
from kustomer_sandbox.simulator.values.http import Request
from kustomer_sandbox.simulator.world.recording import GradedCall, answer_of
from kustomer_sandbox.simulator.world.world import World

FORMAT = 1
_KEY = "authorization"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """A run as it is written down. `ended_at` is the world's time at which it was judged."""

    scenario: str
    text: str
    seed: str
    began_at: datetime
    ended_at: datetime
    told_mode: str
    calls: tuple[GradedCall, ...]
    verdict: dict[str, Any]

    def written(self) -> bytes:
        """The file, one JSON line after another."""
        return b"".join(line + b"\n" for line in chained(self._records()))

    def _records(self) -> Iterator[dict[str, Any]]:
        yield {
            "format": FORMAT,
            "scenario": self.scenario,
            "text": self.text,
            "seed": self.seed,
            "began_at": self.began_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "mode": self.told_mode,
            "calls": len(self.calls),
        }
        for call in self.calls:
            request = call.request
            yield {
                "seq": call.seq,
                "at": call.at.isoformat(),
                "key": call.key,
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "headers": {name: value for name, value in request.headers.items() if name.lower() != _KEY},
                "body": b64encode(request.body).decode(),
                "scheme": request.scheme,
                "answer": call.answer,
                "characters": call.characters,
            }
        yield {"verdict": self.verdict}


def bundle_of(world: World, text: str, seed: str, began_at: datetime, verdict: Verdict) -> Bundle:
    """The run of a world that was made from the text of a scenario file, and has been judged just now."""
    return Bundle(
        scenario=world.scenario,
        text=text,
        seed=seed,
        began_at=began_at,
        ended_at=world.clock.now(),
        told_mode=world.clock.mode,
        calls=tuple(_numbered(world.graded_calls.up_to(world.journal.total))),
        verdict=verdict.shown(),
    )


def _numbered(calls: Iterable[GradedCall]) -> Iterator[GradedCall]:
    """The calls, with tool calls numbered as they come: the same run leaves the same bundle."""
    known: dict[str, str] = {}
    for call in calls:
        headers = dict(call.request.headers)
        if (cause := headers.get(CALL_HEADER)) is not None:
            headers[CALL_HEADER] = known.setdefault(cause, call_id("0" * 8, len(known) + 1))
        yield call._replace(request=call.request._replace(headers=headers))


def read_bundle(data: bytes) -> Bundle:
    """A bundle from its file. Raises `DamagedBundle`."""
    lines = data.split(b"\n")
    if lines[-1]:
        raise DamagedBundle(len(lines), "", "has no end")
    head, *rest = unchained(lines[:-1])
    if head.get("format") != FORMAT or not rest or "verdict" not in rest[-1]:
        raise DamagedBundle(1, "format", "is not one that this version reads, or the end is missing")
    calls = tuple(_graded_call(record) for record in rest[:-1])
    if len(calls) != head["calls"]:
        raise DamagedBundle(1, "calls", "is another number than there are")
    return Bundle(
        scenario=head["scenario"],
        text=head["text"],
        seed=head["seed"],
        began_at=datetime.fromisoformat(head["began_at"]),
        ended_at=datetime.fromisoformat(head["ended_at"]),
        told_mode=head["mode"],
        calls=calls,
        verdict=rest[-1]["verdict"],
    )


def verify(data: bytes, api: Api | None = None) -> Verdict:
    """Make a bundle's calls again in a fresh world, judge them, and compare. Raises `DamagedBundle`."""
    bundle = read_bundle(data)
    api = api or create_api()
    world, key = fresh_world(api, bundle)
    for number, call in enumerate(bundle.calls, 2):
        world.clock.move_to(call.at)
        own = {_KEY: f"Bearer {key}"} if call.key else {}
        reply = api.handle(call.request._replace(headers={**call.request.headers, **own}))
        if answer_of(reply) != call.answer:
            raise DamagedBundle(number, "answer", f"is {call.answer}, and {answer_of(reply)} when it is made again")
    world.clock.move_to(bundle.ended_at)
    world.run_due(bundle.ended_at)
    verdict = grade_world(api.worlds, world)
    _compare(len(bundle.calls) + 2, bundle.verdict, verdict.shown(), "verdict")
    return verdict


def fresh_world(api: Api, bundle: Bundle) -> tuple[World, str]:
    """A world as the run began in, in a simulator that has no other, and its key."""
    name = bundle.scenario
    api.worlds.scenarios = {**api.worlds.scenarios, name: scenario_of(bundle.text, file=f"{name}.yaml")}
    world = api.worlds.create(WorldSpec(name=name, scenario=name, seed=bundle.seed))
    key, _ = issue_key(api.worlds, world)
    told: Mode = "real" if bundle.told_mode == "real" else "frozen"
    give_clock(world, SteppedClock(bundle.began_at, told))
    return world, key


def text_of_file(file: str) -> str:
    """The text of a scenario file, as it goes into a bundle."""
    return Path(file).read_text("utf-8")


def _graded_call(record: dict[str, Any]) -> GradedCall:
    request = Request(
        record["method"],
        record["path"],
        record["query"],
        record["headers"],
        b64decode(record["body"]),
        record["scheme"],
    )
    at = datetime.fromisoformat(record["at"])
    return GradedCall(record["seq"], at, record["key"], request, record["answer"], record["characters"])


def _compare(line: int, written: Any, now: Any, where: str) -> None:  # noqa: ANN401 - JSON
    """Raises `DamagedBundle` at the first part of a verdict that comes out otherwise."""
    if written == now:
        return
    if isinstance(written, dict) and isinstance(now, dict):
        for name in sorted({*written, *now}):
            _compare(line, written.get(name), now.get(name), f"{where}.{name}")
    if isinstance(written, list) and isinstance(now, list) and len(written) == len(now):
        for number, (one, other) in enumerate(zip(written, now, strict=True)):
            _compare(line, one, other, f"{where}.{number}")
    raise DamagedBundle(line, where, "comes out otherwise when the run is judged again")
