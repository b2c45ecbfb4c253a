"""Limits: how full each budget is, who filled it, when it is free again; and how the same calls fare on other plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.calls import CallRefused

_MINUTES: Final = 30
_WIDTH, _HEIGHT, _FLOOR = 640, 150, 120
_NOT_BEGUN: Final = 404
_HIGH: Final = 0.75


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One minute of the chart, in the units of its drawing."""

    x: float
    width: float
    top: float
    height: float
    refused_top: float
    refused_height: float
    minute: dict[str, Any]


async def show(visit: AreaVisit) -> Facts:
    """Gauges, history, and the forecasts of a recording if one runs."""
    limits = await visit.of_world("GET", "/limits")
    history = await visit.of_world("GET", f"/limits/history?minutes={_MINUTES}")
    return {
        "plan": limits["plan"],
        "gauges": _gauges(limits),
        "objects": [_gauge(one["budget"], f"for {one['per']} {one['object']}", one) for one in limits["objects"]],
        "minutes": history["minutes"],
        "bars": _bars(history["minutes"]),
        "most": max((one["calls"] + one["refused"] for one in history["minutes"]), default=0),
        "what_if": await _what_if(visit),
    }


async def record(visit: AreaVisit) -> str:
    """Begin a recording."""
    await visit.of_world("POST", "/recording")
    return "Calls are recorded from now on, without what they say."


async def stop(visit: AreaVisit) -> str:
    """End it."""
    await visit.of_world("DELETE", "/recording")
    return "The recording has ended, and is forgotten."


async def _what_if(visit: AreaVisit) -> JSON:
    """The forecasts of the recording; None if none runs."""
    try:
        return await visit.of_world("GET", "/recording/what-if")
    except CallRefused as refusal:
        if refusal.status != _NOT_BEGUN:
            raise
        return None


def _gauges(limits: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _gauge("Organisation", "requests a minute", limits),
        _gauge("Search", "searches a minute", limits["search"]),
        _gauge("Hooks", "posts to hooks a minute", limits["hooks"]),
    ]


def _gauge(title: str, about: str, budget: dict[str, Any]) -> dict[str, Any]:
    share = min(budget["used"] / budget["limit"], 1) if budget["limit"] else 1
    level = "full" if share >= 1 else "high" if share >= _HIGH else ""
    return {**budget, "title": title, "about": about, "level": level, "width": round(100 * share, 1)}


def _bars(minutes: list[dict[str, Any]]) -> list[Bar]:
    """A bar for each minute that had calls, the last at the right."""
    most = max((one["calls"] + one["refused"] for one in minutes), default=0) or 1
    step = _WIDTH / _MINUTES
    first = _MINUTES - len(minutes)
    return [_bar((first + at) * step, step, one, _FLOOR / most) for at, one in enumerate(minutes)]


def _bar(x: float, step: float, minute: dict[str, Any], unit: float) -> Bar:
    height, refused = minute["calls"] * unit, minute["refused"] * unit
    return Bar(
        x=round(x + 2, 1),
        width=round(step - 4, 1),
        top=round(_FLOOR - height, 1),
        height=round(height, 1),
        refused_top=round(_FLOOR - height - refused, 1),
        refused_height=round(refused, 1),
        minute=minute,
    )


AREA: Final = Area(
    name="limits",
    title="Limits",
    about="How full each budget is, which calls filled it, and when it is free again.",
    show=show,
    acts={"record": record, "stop": stop},
)
