"""What waits for a world's calls, as the area World shows and changes it: armed faults, and what is to happen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

from kustomer_sandbox.simulator.values.ids import is_id_list
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world.waiting.triggers import Side
from kustomer_sandbox.web.console.area import AreaVisit, Facts
from kustomer_sandbox.web.console.calls import CallRefused, with_query

FAULTS: Final[dict[str, dict[str, JSON]]] = {
    "status": {"status": 503},
    "rate_limited": {},
    "latency": {"duration": "PT2S"},
    "timeout": {},
    "connection_reset": {},
    "cut_body": {"after": 20},
    "content_type": {},
    "lost_answer": {},
    "crash": {},
}
"""Each kind of fault, with what it needs to be said of it."""
SIDES: Final[tuple[str, ...]] = get_args(Side)
_FIRED: Final = 20
_FIELDS: Final = {"details": "What stands in Details", "do": "What is to happen"}


async def show(visit: AreaVisit) -> Facts:
    """The faults that are armed, those that calls have met, and what is to happen."""
    return {
        "faults": await visit.of_world("GET", "/faults"),
        "fired": await _fired(visit),
        "to_happen": [_to_happen(one) for one in await visit.of_world("GET", "/when")],
        "kinds": FAULTS,
        "sides": SIDES,
    }


async def arm(visit: AreaVisit) -> str:
    """Arm a fault for the calls that match."""
    kind = visit.given.get("kind", "")
    details = _json(visit, "details", default={})
    if not isinstance(details, dict):
        raise CallRefused(400, 'Details are a JSON object, such as {"status": 429}.')
    fault = {"kind": kind, **FAULTS.get(kind, {}), **details}
    numbers = {"nth": _number(visit, "nth"), "times": _number(visit, "times")}
    armed = await visit.of_world("POST", "/faults", {"match": _match(visit), "fault": fault, **numbers})
    return f"{armed['id']} is armed."


async def disarm(visit: AreaVisit) -> str:
    """Take a fault back."""
    await visit.of_world("DELETE", f"/faults/{id_of(visit)}")
    return f"{visit.given['id']} is disarmed."


async def tie(visit: AreaVisit) -> str:
    """Have something happen at the calls that match."""
    side = visit.given.get("side", "")
    if side not in SIDES:
        raise CallRefused(400, "It happens after a call, or before one.")
    acts = _json(visit, "do", default=[])
    do = acts if isinstance(acts, list) else [acts]
    numbers = {side: _number(visit, "nth"), "times": _number(visit, "times")}
    tied = await visit.of_world("POST", "/when", {"match": _match(visit), **numbers, "do": do})
    return f"{tied['id']} waits for its call."


async def call_off(visit: AreaVisit) -> str:
    """Let something not happen."""
    await visit.of_world("DELETE", f"/when/{id_of(visit)}")
    return f"{visit.given['id']} is called off."


def id_of(visit: AreaVisit) -> str:
    """The id that a form names. Raises `CallRefused` for what can be none."""
    id = visit.given.get("id", "")
    if not id.replace("-", "").isalnum():
        raise CallRefused(400, "Snapshots, faults and what is to happen have ids such as snapshot-1.")
    return id


def _match(visit: AreaVisit) -> dict[str, str]:
    return {name: value for name in ("operation", "tool", "path") if (value := visit.given.get(name, "").strip())}


def _number(visit: AreaVisit, name: str) -> int:
    """One unless a form says otherwise. Raises `CallRefused` for what is no number."""
    text = visit.given.get(name, "").strip() or "1"
    try:
        return int(text)
    except ValueError:
        raise CallRefused(400, "From which call on, and for how many, are whole numbers.") from None


def _json(visit: AreaVisit, name: str, *, default: JSON) -> JSON:
    """What a field says. Raises `CallRefused` for what is no JSON."""
    text = visit.given.get(name, "").strip()
    try:
        return json.loads(text) if text else default
    except ValueError:
        raise CallRefused(400, f"{_FIELDS[name]} is not valid JSON.") from None


async def _fired(visit: AreaVisit) -> list[dict[str, Any]]:
    """The latest calls that met a fault."""
    page = await visit.of_world("GET", with_query("/journal", {"limit": 1000, "newest": "true"}))
    found = [
        {**entry, "by": step["detail"]}
        for entry in reversed(page["entries"])
        for step in entry["trace"]
        if step["step"] == "fault" and step["outcome"] == "fired"
    ]
    return found[:_FIRED]


def _to_happen(one: dict[str, Any]) -> Facts:
    side = next(side for side in SIDES if one[side] is not None)
    return {**one, "side": side, "nth": one[side], "acts": [_act(act) for act in one["do"]]}


def _act(act: Mapping[str, Any]) -> Facts:
    """What a list says of an act: of a call its ids and the names of what it sets, for values may be masked."""
    if "operation" not in act:
        [(name, value)] = act.items()
        return {"name": name, "says": value, "of": [], "sets": []}
    ids = [value for value in act["path"].values() if isinstance(value, str) and is_id_list(value)]
    sets = list(act["body"]) if isinstance(act["body"], dict) else []
    return {"name": "operation", "says": act["operation"], "of": ids, "sets": sets}
