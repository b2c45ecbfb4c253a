"""One request on its way through the steps, and the reply it ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.model import Operation
from simulator.call import JSON, Outcome, Principal
from simulator.world import World


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request as it came. `path` is undecoded, `query` the raw query string, header names lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What goes back: status, headers (lower-case names) and the body's bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


@dataclass(slots=True)
class Exchange:
    """What the steps learn, in order. Each step fills in what the next ones need, or refuses."""

    request: Request
    world: World
    principal: Principal
    now: datetime
    operation: Operation
    template: str
    path: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    body: JSON = None
    taken: list[str] = field(default_factory=list)
    outcome: Outcome | None = None
    document: JSON = None
    trace: list[str] = field(default_factory=list)
