"""Makes pages of templates, with the headers that every page of the console has."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from kustomer_sandbox.simulator.values.clock import parse
from kustomer_sandbox.web.console.masks import is_masked, part

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""Scripts and styles are files of this server; nothing is evaluated, and nothing comes from elsewhere."""
_HEADERS: Final = {"content-security-policy": POLICY, "cache-control": "no-store"}
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@cache
def environment() -> Environment:
    """Values are escaped wherever they are put, and a name that nobody has given is an error."""
    made = Environment(
        loader=PackageLoader("kustomer_sandbox.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"clock": clock, "day": day, "span": span, "pretty": pretty, "number": number, "until": until}
    made.filters["unmasked_part"] = part
    made.tests["masked"] = is_masked
    made.globals["parts"] = made.get_template("parts.html").module
    return made


def page(template: str, facts: dict[str, Any], *, block: str = "", status: int = 200) -> HTMLResponse:
    """A whole page, or one block of it."""
    return HTMLResponse(text(template, facts, block=block), status, headers=_HEADERS)


def text(template: str, facts: dict[str, Any], *, block: str = "") -> str:
    """A template's text, or one block of it."""
    found = environment().get_template(template)
    if not block:
        return found.render(facts)
    return "".join(found.blocks[block](found.new_context(facts)))


def clock(at: str) -> str:
    """`12:00:04.484` of an instant as the APIs write it; nothing of nothing."""
    return at[11:23] if at else ""


def day(at: str) -> str:
    """`2026-06-09 12:00:04`, in UTC as everything here."""
    return f"{at[:10]} {at[11:19]}" if at else ""


def span(seconds: float) -> str:
    """`1 h 5 min`: the two largest units."""
    told: list[str] = []
    left = int(seconds)
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or (unit == "s" and not told):
            told.append(f"{count} {unit}")
    return " ".join(told[:2])


def until(at: str, now: str) -> str:
    """How long it is from `now` to an instant; `now` itself once it is reached."""
    seconds = (_instant(at) - _instant(now)).total_seconds()
    return f"in {span(seconds)}" if seconds > 0 else "now"


def pretty(value: Any) -> str:  # noqa: ANN401 - JSON
    """JSON to read."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def number(value: float) -> str:
    """`12,345`."""
    return f"{value:,}"


def _instant(at: str) -> datetime:
    return parse(at)
