"""How a masked value is known from others, in answers of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kustomer_sandbox.simulator.values.record import JSON

STARS: Final = "***"


def is_masked(value: JSON) -> bool:
    """Whether a mask stands in the place of a value, in whichever style."""
    return value == STARS or (isinstance(value, Mapping) and value.get("isMasked") is True)


def part(value: JSON) -> str:
    """What a mask leaves of a value: nothing, or its last digits."""
    return str(value.get("maskedPresentation") or "") if isinstance(value, Mapping) else ""
