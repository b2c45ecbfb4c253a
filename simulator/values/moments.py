"""Date-times as callers write them, brought into the one form in which they are kept, so that they sort as text."""

from __future__ import annotations

from collections.abc import Mapping

from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON


def kept(text: str, *, field: str) -> str:
    """A caller's date-time as it is kept; raises `BadRequest` for one outside the years 1 to 9999."""
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        raise BadRequest(Problem(message=_words(field), pointer=f"/{field}")) from None


def kept_parameter(text: str, name: str) -> str:
    """The date-time of a query parameter in the form in which records keep theirs; raises `BadRequest` as `kept`."""
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        raise BadRequest(Problem(message=_words(name), parameter=name)) from None


def _words(name: str) -> str:
    return f"{name} is not a date-time this API can keep; write one such as 2026-06-09T12:00:00.000Z."


def kept_in(body: Mapping[str, JSON], *names: str) -> dict[str, JSON]:
    """The body's named date-times as they are kept; those absent or null stay so."""
    return {name: kept(body[name], field=name) if body[name] else body[name] for name in names if name in body}


def milliseconds(start: str, end: str) -> int:
    """The time between two kept instants; nothing when they stand in the wrong order."""
    return max(0, round((parse(end) - parse(start)).total_seconds() * 1000))
