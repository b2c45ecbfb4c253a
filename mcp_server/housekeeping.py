"""What must happen without a request: windows are closed, expired MCP servers and old log lines removed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from kustomer_sandbox.mcp_server.clock import AsyncClock
from kustomer_sandbox.mcp_server.state.call_log import CallLog
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.provisioning import Provisioning
from kustomer_sandbox.mcp_server.unmasking.windows import Windows

TICK_SECONDS: Final = 1.0
_LOG: Final = logging.getLogger(__name__)
_PRUNE_EVERY: Final = timedelta(hours=1)


class Housekeeping:
    """Does what is due, once a second (`TICK_SECONDS`) while `run` runs; `chores` are done with it."""

    def __init__(
        self,
        *,
        windows: Windows,
        provisioning: Provisioning,
        log: CallLog,
        clock: AsyncClock,
        end_streams: Callable[[], None],
    ) -> None:
        self._end_streams = end_streams
        self._windows = windows
        self._provisioning = provisioning
        self._log = log
        self._clock = clock
        self._pruned: datetime | None = None
        self.chores: list[Callable[[], Awaitable[None]]] = []

    async def sweep(self) -> None:
        """Close what is due, end MCP servers that have expired, and the streams of those that are gone; prune the log.

        None of it waits for the state: what cannot be written now is done at a later sweep. Raises nothing of SQLite.
        """
        await self._windows.sweep()
        with _going_on():
            await self._end_expired_servers()
        with _going_on():
            self._end_streams()
        with _going_on():
            self._prune()
        for chore in self.chores:
            with _going_on():
                await chore()

    async def _end_expired_servers(self) -> None:
        for server_id in self._provisioning.expired(self._clock.now()):
            with _going_on():
                self._provisioning.delete_server(server_id)
            await self._windows.close_server(server_id, reason="server expired")

    def _prune(self) -> None:
        now = self._clock.now()
        if self._pruned is None or now - self._pruned >= _PRUNE_EVERY:
            self._pruned = now
            self._log.prune(now)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - it must outlive whatever breaks
                _LOG.error("housekeeping failed with %s; it goes on", type(error).__name__)
            await self._clock.sleep(TICK_SECONDS)


@contextmanager
def _going_on() -> Iterator[None]:
    try:
        yield
    except StateUnavailable as fault:
        _LOG.error("%s; housekeeping goes on", fault)
