"""The parts of a world as they are written down: JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.store.layers import LayeredSnapshot, LayeredStore
from kustomer_sandbox.simulator.store.memory import CounterWindow
from kustomer_sandbox.simulator.values.clock import KeptClock
from kustomer_sandbox.simulator.values.ids import Ids
from kustomer_sandbox.simulator.values.record import JSON, Principal
from kustomer_sandbox.simulator.values.unmasking import WindowSettings
from kustomer_sandbox.simulator.world import faults
from kustomer_sandbox.simulator.world.faults import UNARMED, Fault
from kustomer_sandbox.simulator.world.journal import JournalRow
from kustomer_sandbox.simulator.world.state import OPTIONS, Episode, WorldState
from kustomer_sandbox.simulator.world.waiting.calls import AllWaiting, FaultMatch, Waiting
from kustomer_sandbox.simulator.world.waiting.triggers import NOTHING, Trigger
from kustomer_sandbox.simulator.world.world import World

_FAULTS = {
    fault.__name__: fault
    for fault in (
        faults.Status, faults.RateLimited, faults.Latency, faults.Timeout, faults.ConnectionReset, faults.CutBody,
        faults.ContentType, faults.LostAnswer, faults.Crash,
    )
}  # fmt: skip
_MICROSECOND = timedelta(microseconds=1)


def text_of(value: JSON) -> str:
    """JSON text; named tuples and sets are lists in it."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: object) -> JSON:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    raise TypeError


def settings_form(world: World) -> dict[str, JSON]:
    """What of a world changes without any record: options, clock, keys and faults."""
    return {
        **_options_form(world),
        "clock": world.clock.kept(),
        "keys": _keys_form(world.keys),
        "faults": [world.faults.all.made, [_armed_form(armed) for armed in world.faults.armed()]],
    }


def world_form(world: World, counters: Mapping[str, CounterWindow]) -> dict[str, JSON]:
    """All of a world that is no record and no line of a log."""
    return {
        **settings_form(world),
        "ids": [world.ids.seed, world.ids.counter],
        "counters": dict(counters),
        "files": list(world.files.held()),
        "secret": world.files.secret,
        "snapshots": world.snapshots.count,
        "recording": world.recording is not None,
        "episode": world.episode and asdict(world.episode),
    }


def state_form(state: WorldState) -> dict[str, JSON]:
    """All of a state that is no record and no line of a log."""
    store = layered_snapshot(state)
    return {
        **_options_form(state),
        "clock": KeptClock(state.now.isoformat(), state.mode, 0),
        "ids": [state.ids.seed, state.ids.counter],
        "keys": _keys_form(state.keys),
        "counters": store.counters,
    }


def layered_store(world: World) -> LayeredStore:
    """The records of a kept world. `TypeError` for any other."""
    if not isinstance(world.store, LayeredStore):
        raise TypeError("only worlds with layered stores are kept")
    return world.store


def layered_snapshot(state: WorldState) -> LayeredSnapshot:
    """The records of a kept world's state. `TypeError` for any other."""
    if not isinstance(state.store, LayeredSnapshot):
        raise TypeError("only states of layered stores are kept")
    return state.store


def _options_form(of: World | WorldState) -> dict[str, JSON]:
    options = {name: getattr(of, name) for name in OPTIONS}
    options |= {"limits": dict(of.limits), "readings": dict(of.readings)}
    options["triggers"] = [of.triggers.made, [_trigger_form(one) for one in of.triggers.waiting]]
    return {"options": options, "org": of.org, "org_name": of.org_name, "scenario": of.scenario}


def options_of(form: Mapping[str, JSON]) -> dict[str, Any]:
    """A world's settings: organisation, scenario and options."""
    options = {**form["options"], "windows": WindowSettings(*form["options"]["windows"])}
    # Stores that were written before there were criteria have none; those of the same time say `happenings`.
    made, waiting = options.pop("happenings", None) or options["triggers"]
    options["criteria"] = tuple(options.get("criteria", ()))
    options["triggers"] = replace(NOTHING, made=made, waiting=tuple(map(_trigger_of, waiting)))
    return {**options, "org": form["org"], "org_name": form["org_name"], "scenario": form["scenario"]}


def _trigger_form(one: Waiting[Trigger]) -> JSON:
    form = asdict(one)
    return {**form.pop("what"), **form}


def _trigger_of(form: Mapping[str, Any]) -> Waiting[Trigger]:
    form = {**form, "match": FaultMatch(**form["match"])}
    return Waiting(what=Trigger(form.pop("side"), tuple(form.pop("do"))), **form)


def ids_of(form: Mapping[str, JSON]) -> Ids:
    """A world's source of ids."""
    return Ids(*form["ids"])


def counters_of(form: Mapping[str, JSON]) -> dict[str, CounterWindow]:
    """A world's counters."""
    return {name: CounterWindow(*window) for name, window in form["counters"].items()}


def episode_of(form: Mapping[str, JSON]) -> Episode | None:
    """What makes a world an episode; None for one that is none."""
    if note := form.get("note"):  # as it was kept before worlds had it; its beginning is kept under `episode`
        facts = orjson.loads(note)
        idle, start = timedelta(seconds=facts["idle"]), "episode"
    elif facts := form.get("episode"):
        idle, start = facts["idle"] * _MICROSECOND, facts["start"]
    else:
        return None
    return Episode(began_at=datetime.fromisoformat(facts["began_at"]), idle=idle, start=start)


def _keys_form(keys: Mapping[str, Principal]) -> list[JSON]:
    return [[digest, asdict(principal)] for digest, principal in keys.items()]


def keys_of(form: Mapping[str, JSON]) -> dict[str, Principal]:
    """Whom a world's keys stand for, by their digests."""
    return {digest: Principal(**{**who, "roles": frozenset(who["roles"])}) for digest, who in form["keys"]}


def _armed_form(armed: Waiting[Fault]) -> JSON:
    form = asdict(armed)
    return [armed.id, armed.left, form["match"], type(armed.what).__name__, form["what"], armed.nth, armed.seen]


def faults_of(form: JSON) -> AllWaiting[Fault]:
    """The armed faults of a world."""
    made, armed = form
    return replace(UNARMED, made=made, waiting=tuple(_armed_of(*one) for one in armed))


def _armed_of(id: str, left: int, match: JSON, kind: str, fault: JSON, nth: int = 1, seen: int = 0) -> Waiting[Fault]:
    """Stores that were written before faults could wait for the nth call do not have it."""
    what = _FAULTS[kind](**_lasting(fault))
    return Waiting(id=id, match=FaultMatch(**match), what=what, nth=nth, left=left, seen=seen)


def _lasting(fault: dict[str, Any]) -> dict[str, Any]:
    return fault if "duration" not in fault else {**fault, "duration": fault["duration"] * _MICROSECOND}


def spec_form(spec: WorldSpec) -> dict[str, JSON]:
    """What a world was made from."""
    return {name: getattr(spec, name) for name in WorldSpec.__dataclass_fields__} | {
        "start": spec.start.isoformat(),
        "limits": dict(spec.limits),
        "readings": dict(spec.readings),
    }


def spec_of(form: Mapping[str, Any]) -> WorldSpec:
    """What a world was made from."""
    windows = WindowSettings(*form["windows"])
    return WorldSpec(**{**form, "start": datetime.fromisoformat(form["start"]), "windows": windows})


def journal_row_of(line: Sequence[JSON]) -> JournalRow:
    """The plain values of an entry of the journal, of the very types that it had."""
    at, *rest = line
    # A call has an instant; what fell due has its text.
    return (datetime.fromisoformat(at) if at.endswith("+00:00") else at, *map(_frozen, rest))


def _frozen(value: JSON) -> JSON:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def audit_row_of(text: bytes) -> list[Any]:
    """The plain values of a line of the audit log."""
    at, *rest = orjson.loads(text)
    return [datetime.fromisoformat(at), *rest]
