"""World: its clock, its states, what it is made from and how it is set, and what shall go wrong in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.calls import CallRefused, with_query

SETTINGS: Final = {
    "masking": ("stars", "object", "partial"),
    "errors": ("page", "recorded"),
    "masked_search": ("allow", "exact", "refuse"),
    "ratelimit_reset": ("exhausted", "always"),
}
"""What can be chosen for a world that goes on, but for its plan."""
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
_STEPS: Final = ("PT1M", "PT1H", "P1D", "P7D")
_CHANGES: Final = 200
_FIRED: Final = 20


async def show(visit: AreaVisit) -> Facts:
    """The world as it stands, its snapshots, the difference that is asked for, and its faults."""
    snapshots = await visit.of_world("GET", "/snapshots")
    return {
        "shown": await visit.of_world("GET"),
        "choices": await visit.control("GET", "/choices"),
        "snapshots": snapshots,
        "faults": await visit.of_world("GET", "/faults"),
        "fired": await _fired(visit),
        "settings": SETTINGS,
        "kinds": FAULTS,
        "steps": _STEPS,
        **await _diff(visit, snapshots),
    }


async def clock(visit: AreaVisit) -> str:
    """Move, set, freeze or run the world's time."""
    change = {name: value for name in ("advance", "set", "mode") if (value := visit.given.get(name, "").strip())}
    if "set" in change and not change["set"].endswith("Z"):
        change["set"] += "Z"
    after = await visit.of_world("POST", "/clock", change)
    return f"The world's time is {after['now']}, and it {'runs' if after['mode'] == 'real' else 'stands still'}."


async def snapshot(visit: AreaVisit) -> str:
    """Keep the present state."""
    return f"Kept as {(await visit.of_world('POST', '/snapshots'))['id']}."


async def restore(visit: AreaVisit) -> str:
    """Go back to a state."""
    await visit.of_world("POST", f"/snapshots/{_id(visit)}/restore")
    return f"The world is as it was at {visit.given['id']}."


async def forget(visit: AreaVisit) -> str:
    """Let go of a state."""
    await visit.of_world("DELETE", f"/snapshots/{_id(visit)}")
    return f"{visit.given['id']} is forgotten."


async def reset(visit: AreaVisit) -> str:
    """Begin anew."""
    await visit.of_world("POST", "/reset")
    return "The world is as it was made."


async def fork(visit: AreaVisit) -> str:
    """Make another world in the same state."""
    name = visit.given.get("name", "").strip()
    return _made(visit, await visit.of_world("POST", "/fork", {"name": name} if name else {}))


async def create(visit: AreaVisit) -> str:
    """Make another world from a scenario."""
    names = ("name", "scenario", "plan", "seed", "mode")
    asked = {name: value for name in names if (value := visit.given.get(name, "").strip())}
    return _made(visit, await visit.control("POST", "/worlds", asked))


async def change(visit: AreaVisit) -> str:
    """Have the world go on under other settings."""
    names = ("plan", *SETTINGS)
    asked: dict[str, JSON] = {name: value for name in names if (value := visit.given.get(name, ""))}
    asked["strict"] = "strict" in visit.given
    await visit.of_world("PATCH", "", asked)
    return "The world goes on with these settings."


async def arm(visit: AreaVisit) -> str:
    """Arm a fault for the next calls that match."""
    kind = visit.given.get("kind", "")
    match = {name: value for name in ("operation", "tool", "path") if (value := visit.given.get(name, "").strip())}
    fault = {"kind": kind, **FAULTS.get(kind, {}), **_details(visit)}
    times = visit.given.get("times", "1").strip()
    body = {"match": match, "fault": fault, "times": int(times) if times.isdigit() else 1}
    armed = await visit.of_world("POST", "/faults", body)
    return f"{armed['id']} is armed."


async def disarm(visit: AreaVisit) -> str:
    """Take a fault back."""
    await visit.of_world("DELETE", f"/faults/{_id(visit)}")
    return f"{visit.given['id']} is disarmed."


def _made(visit: AreaVisit, world: dict[str, Any]) -> str:
    visit.answered = f"API key, shown this once: {world['api_key']}"
    return f"The world {world['name']} is made; it is in the menu of worlds once this page is loaded anew."


def _id(visit: AreaVisit) -> str:
    """The snapshot or fault that a form names. Raises `CallRefused` for what can be none's id."""
    id = visit.given.get("id", "")
    if not id.replace("-", "").isalnum():
        raise CallRefused(400, "Snapshots and faults have ids such as snapshot-1.")
    return id


def _details(visit: AreaVisit) -> dict[str, Any]:
    """What else is said of a fault. Raises `CallRefused` for what is no object."""
    text = visit.given.get("details", "").strip()
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CallRefused(400, 'Details are a JSON object, such as {"status": 429}.')
    return found


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


async def _diff(visit: AreaVisit, snapshots: list[dict[str, str]]) -> Facts:
    """What changed between two states, if they are asked for."""
    known = {one["id"] for one in snapshots}
    since, until = visit.given.get("from", ""), visit.given.get("to", "")
    if since not in known or (until and until not in known):
        return {"diff": None, "since": since, "until": until, "left_out": 0}
    found = await visit.of_world("GET", with_query("/diff", {"since": since, "until": until}))
    lines = list(_lines(found["types"]))
    return {"diff": lines[:_CHANGES], "since": since, "until": until, "left_out": max(len(lines) - _CHANGES, 0)}


def _lines(types: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One line for each record."""
    for kind, diff in types.items():
        yield from ({"kind": "created", "record": f"{kind}/{id}", "attributes": []} for id in diff["created"])
        yield from ({"kind": "deleted", "record": f"{kind}/{id}", "attributes": []} for id in diff["deleted"])
        for one in diff["changed"]:
            yield {"kind": "changed", "record": f"{kind}/{one['id']}", "attributes": one["attributes"]}


AREA: Final = Area(
    name="world",
    title="World",
    about="Its clock, its states and its settings; other worlds; and what shall go wrong in it.",
    show=show,
    acts={
        "clock": clock,
        "snapshot": snapshot,
        "restore": restore,
        "forget": forget,
        "reset": reset,
        "fork": fork,
        "create": create,
        "change": change,
        "arm": arm,
        "disarm": disarm,
    },
)
