"""What must happen without a request: windows are closed, expired MCP servers and old log lines removed."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.state.call_log import CallLog
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.unmasking.windows import Windows

TICK_SECONDS: Final = 1.0
_LOG: Final = logging.getLogger(__name__)
_PRUNE_EVERY: Final = timedelta(hours=1)


class Housekeeping:
    """Does what is due, once a second (`TICK_SECONDS`) while `run` runs."""

    def __init__(self, *, windows: Windows, provisioning: Provisioning, log: CallLog, clock: AsyncClock) -> None:
        self._windows = windows
        self._provisioning = provisioning
        self._log = log
        self._clock = clock
        self._pruned: datetime | None = None

    async def sweep(self) -> None:
        """Remove expired MCP servers with their windows, close what is due, prune the log now and then."""
        now = self._clock.now()
        for server_id in self._provisioning.expired(now):
            self._provisioning.delete_server(server_id)
            await self._windows.close_server(server_id, reason="server expired")
        await self._windows.sweep()
        if self._pruned is None or now - self._pruned >= _PRUNE_EVERY:
            self._log.prune(now)
            self._pruned = now

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - it must outlive a locked file or a full disk
                _LOG.error("housekeeping failed with %s; it goes on", type(error).__name__)
            await self._clock.sleep(TICK_SECONDS)
