"""What the pages are made of, given before the framework is loaded that makes them."""

from __future__ import annotations

from dataclasses import dataclass

from kustomer_sandbox.episodes.episodes import Episodes
from kustomer_sandbox.mcp_server.app import McpServer
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.web.metrics.metrics import Metrics


@dataclass(frozen=True, kw_only=True, slots=True)
class PageParts:
    """What pages show and call; `access` is that to the control API, `names` are those they may be called by.

    `shown` are the API key and the API token that are filled in at `/docs`, if any; with `api_token` the console
    calls the management API.
    """

    api: Api
    mcp: McpServer
    episodes: Episodes
    metrics: Metrics
    access: Access
    names: HostNames
    api_token: str
    shown: tuple[str, ...] = ()
