"""How many examples a property gets that is tried for each of many operations or tools."""

from __future__ import annotations

from typing import Final

from hypothesis import settings

SMALLEST: Final = 4


def share(part: int) -> int:
    """A part of the profile's examples for each case; the cases together still see thousands."""
    return max(SMALLEST, settings().max_examples // part)
