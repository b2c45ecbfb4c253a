"""Date-times as callers write them, brought into the one form in which they are kept, so that they sort as text."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON


def kept(text: str, *, field: str = "", parameter: str = "") -> str:
    """A caller's date-time as it is kept, of a field of the body or of a query parameter.

    Raises `BadRequest` for one outside the years 1 to 9999.
    """
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        words = "is not a date-time this API can keep; write one such as 2026-06-09T12:00:00.000Z."
        pointer = f"/{field}" if field else ""
        problem = Problem(message=f"{field or parameter} {words}", pointer=pointer, parameter=parameter)
        raise BadRequest(problem) from None


def kept_in(body: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    """The body's named date-times as they are kept; those absent or null stay so."""
    return {name: kept(body[name], field=name) if body[name] else body[name] for name in names if name in body}


def milliseconds(start: str, end: str) -> int:
    """The time between two kept instants; nothing when they stand in the wrong order."""
    return max(0, round((parse(end) - parse(start)).total_seconds() * 1000))
