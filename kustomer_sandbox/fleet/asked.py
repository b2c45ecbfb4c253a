"""Pure: what a request asks of a fleet, read from its method and path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CONTROL = "/_sandbox/"
_MANAGEMENT = "integrated-account"

Kind = Literal["make", "fork", "list", "one", "sum", "own"]
"""A new world or episode, a fork, a list of all, something of one world, something summed over all, or of no world."""

_MADE = {"worlds", "episodes"}
_SUMMED = {"health", "metrics"}
_OF_ONE, _BELOW_ONE = 3, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """`name` is the world's or the episode's, of which something is asked."""

    kind: Kind
    name: str = ""


_OWN = Asked(kind="own")


def asked_of(method: str, path: str) -> Asked:
    """What is asked; a path that no route knows is of no world, or of one that will answer so itself."""
    parts = path.strip("/").split("/")
    if parts[0] == _MANAGEMENT and len(parts) >= _OF_ONE:
        return Asked(kind="one", name=parts[1])
    if not path.startswith(CONTROL) or len(parts) < _OF_ONE - 1:
        return _OWN
    if parts[1] in _MADE:
        return _of_worlds(method, parts)
    return Asked(kind="sum") if method == "GET" and parts[1:] in ([name] for name in _SUMMED) else _OWN


def _of_worlds(method: str, parts: list[str]) -> Asked:
    if len(parts) >= _OF_ONE:
        is_fork = method == "POST" and len(parts) == _BELOW_ONE and parts[3] == "fork"
        return Asked(kind="fork" if is_fork else "one", name=parts[2])
    return Asked(kind="make") if method == "POST" else Asked(kind="list") if method == "GET" else _OWN
