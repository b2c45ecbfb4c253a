"""World: its clock, its states, what it is made from and how it is set, and what waits for its calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.areas import waiting
from kustomer_sandbox.web.console.calls import CallRefused, with_query

SETTINGS: Final = {
    "masking": ("stars", "object", "partial"),
    "errors": ("page", "recorded"),
    "masked_search": ("allow", "exact", "refuse"),
    "ratelimit_reset": ("exhausted", "always"),
}
"""What can be chosen for a world that goes on, but for its plan."""
_STEPS: Final = ("PT1M", "PT1H", "P1D", "P7D")
_CHANGES: Final = 200
_NO_EPISODE: Final = 404


async def show(visit: AreaVisit) -> Facts:
    """The world as it stands, its snapshots, the difference that is asked for, and what waits for its calls."""
    snapshots = await visit.of_world("GET", "/snapshots")
    return {
        "shown": await visit.of_world("GET"),
        "choices": await visit.control("GET", "/choices"),
        "snapshots": snapshots,
        "start": await _start(visit) if snapshots else "",
        "settings": SETTINGS,
        "steps": _STEPS,
        **await waiting.show(visit),
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
    await visit.of_world("POST", f"/snapshots/{waiting.id_of(visit)}/restore")
    return f"The world is as it was at {visit.given['id']}."


async def forget(visit: AreaVisit) -> str:
    """Let go of a state."""
    await visit.of_world("DELETE", f"/snapshots/{waiting.id_of(visit)}")
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


def _made(visit: AreaVisit, world: dict[str, Any]) -> str:
    visit.answered = f"API key, shown this once: {world['api_key']}"
    return f"The world {world['name']} is made; it is in the menu of worlds once this page is loaded anew."


async def _start(visit: AreaVisit) -> str:
    """The snapshot of a run's beginning, which is kept as long as the run; empty in a world that is no run."""
    try:
        found: dict[str, str] = await visit.control("GET", f"/episodes/{visit.world.name}")
    except CallRefused as refusal:
        if refusal.status != _NO_EPISODE:
            raise
        return ""
    return found["start"]


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
    about="Its clock, its states and its settings; other worlds; and what shall go wrong or happen at its calls.",
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
        "arm": waiting.arm,
        "disarm": waiting.disarm,
        "tie": waiting.tie,
        "call_off": waiting.call_off,
    },
)
