"""Pure: how a place in the arguments is named. A name that could be data is not repeated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

SAFE_NAME: Final = re.compile(r"(?!.*(?:[0-9]{5}|[0-9A-Fa-f]{16}))[A-Za-z_][A-Za-z0-9_.\[\]-]{0,63}")
"""What looks like a name: no address, and no long run of digits, which would be a number, an id or a token."""


def show(path: Sequence[str | int]) -> str:
    """A path as `meta.action.buttons[0].title`; names that could be data are shown as `?`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if SAFE_NAME.fullmatch(step) else "?"
            text += f".{name}" if text else name
    return text
