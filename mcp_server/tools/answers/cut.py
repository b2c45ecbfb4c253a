"""Pure: the answers of discovery mode, cut to the size of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from kustomer_sandbox.mcp_server.model import JSON

_SPARE = 300
"""Characters for what is told of a cut."""


def tools(
    found: Sequence[Mapping[str, Any]], room: int, *, way: str, short: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """As many of the tools as fit, the first in a shorter form if it alone does not, and which were left out.

    `way` says what to do about it; `short` are the shorter forms.
    """
    if _size(found) + _SPARE <= room:
        return {"tools": list(found)}
    shown: list[Mapping[str, Any]] = []
    for tool in found:
        if _size([*shown, tool]) + _SPARE > room:
            break
        shown.append(tool)
    if not shown and short and _size(short[:1]) + _SPARE <= room:
        shown = list(short[:1])
    left = [tool["name"] for tool in found[len(shown) :]]
    note = f"Cut to fit: {len(shown)} of {len(found)} tools. {way}"
    if not shown:
        note += " One that is too large alone needs a larger max_result_chars."
    told = {"tools": shown, "truncated": True, "note": note}
    return {**told, "left_out": left} if _size(shown) + _size(left) + _SPARE <= room else told


def names(groups: Mapping[str, Sequence[str]], room: int) -> dict[str, Any]:
    """The names of tools by resource; how many there are of each where the names do not fit."""
    if _size(groups) + _SPARE <= room:
        return {"tools_by_resource": {resource: list(found) for resource, found in groups.items()}}
    note = "Cut to fit: how many tools there are by resource. Search for a resource to see its tools."
    counts = {resource: len(found) for resource, found in groups.items()}
    while counts and _size(counts) + _SPARE > room:
        counts.popitem()
    return {"number_of_tools_by_resource": counts, "truncated": True, "note": note}


def _size(value: JSON) -> int:
    return len(orjson.dumps(value).decode())
