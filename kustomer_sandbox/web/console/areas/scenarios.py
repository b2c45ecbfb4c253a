"""Scenarios: tasks for an agent; start one, watch it, and judge it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.calls import CallRefused

_NO_CRITERIA: Final = 400


async def show(visit: AreaVisit) -> Facts:
    """The tasks there are, the runs that are open, and how this world stands if it has a task."""
    scenarios = await visit.control("GET", "/scenarios")
    here = await visit.of_world("GET")
    return {
        "scenarios": scenarios,
        "task": next((one for one in scenarios if one["name"] == here["scenario"]), None),
        "own_verdict": await _verdict(visit, visit.world.name),
        "episodes": await visit.control("GET", "/episodes"),
        **await verdict(visit),
    }


async def verdict(visit: AreaVisit) -> Facts:
    """The verdict that was asked for last."""
    return {"verdict": visit.outcome.get("verdict"), "of_world": visit.outcome.get("world", "")}


async def start(visit: AreaVisit) -> str:
    """Begin a run: a world of its own, with a key and an MCP URL."""
    body = {"scenario": visit.given.get("scenario", "")}
    if seed := visit.given.get("seed", "").strip():
        body["seed"] = seed
    begun = await visit.control("POST", "/episodes", body)
    visit.told_once |= {
        "The task": begun["prompt"] or "",
        "MCP URL, shown this once": begun["mcp_url"],
        "API key, shown this once": begun["api_key"],
    }
    return f"{begun['episode']} has begun. Give your agent the task and the URL, and watch."


async def grade(visit: AreaVisit) -> str:
    """Judge a run as it stands."""
    name = _name(visit)
    found = await visit.control("GET", f"/worlds/{quote(name, safe='')}/grade")
    visit.outcome = {"verdict": found, "world": name}
    met = sum(one["met"] for one in found["criteria"])
    stands = "passes" if found["passed"] else "does not pass yet"
    return f"{name} {stands}: {met} of {len(found['criteria'])} criteria are met."


async def end(visit: AreaVisit) -> str:
    """End a run, with its world, key and URL; its verdict is the last that is heard of it."""
    name = _name(visit)
    if name == visit.world.name:
        raise CallRefused(409, "This is the world that you are in: go to another first.")
    ended = await visit.control("DELETE", f"/episodes/{quote(name, safe='')}")
    judged = ended["grade"]
    return (
        f"{name} has ended." if judged is None else f"{name} has ended: {'passed' if judged['passed'] else 'failed'}."
    )


async def _verdict(visit: AreaVisit, world: str) -> dict[str, Any] | None:
    """How a world stands; None for one that has no task."""
    try:
        found: dict[str, Any] = await visit.control("GET", f"/worlds/{quote(world, safe='')}/grade")
    except CallRefused as refusal:
        if refusal.status != _NO_CRITERIA:
            raise
        return None
    return found


def _name(visit: AreaVisit) -> str:
    return visit.given.get("world", "")


AREA: Final = Area(
    name="scenarios",
    title="Scenarios",
    about="Tasks for an agent, each in a world of its own: start one, watch it, and see whether it did right.",
    show=show,
    acts={"start": start, "grade": grade, "end": end},
    panels={"verdict": verdict},
)
