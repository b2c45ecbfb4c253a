"""The areas in the order of the navigation. A new one is a module here, its template, and a line in this table."""

from __future__ import annotations

from typing import Final

from kustomer_sandbox.web.console.area import Area
from kustomer_sandbox.web.console.areas import limits, mcp_servers, traffic, windows, world

AREAS: Final[tuple[Area, ...]] = (traffic.AREA, limits.AREA, windows.AREA, world.AREA, mcp_servers.AREA)
