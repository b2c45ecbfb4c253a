"""The areas in the order of the navigation. A new one is a module here, its template, and a line in this table."""

from __future__ import annotations

from typing import Final

from kustomer_sandbox.web.console.area import Area
from kustomer_sandbox.web.console.areas import (
    drafts,
    fidelity,
    limits,
    mcp_servers,
    scenarios,
    timeline,
    traffic,
    windows,
    world,
)

AREAS: Final[tuple[Area, ...]] = (
    traffic.AREA,
    timeline.AREA,
    limits.AREA,
    windows.AREA,
    drafts.AREA,
    world.AREA,
    mcp_servers.AREA,
    scenarios.AREA,
    fidelity.AREA,
)
