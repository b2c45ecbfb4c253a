"""How fast an organisation is asked: within a share of the budget that its answers tell."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping

WINDOW_SECONDS = 60.0
LIMIT_HEADER, REMAINING_HEADER = "x-ratelimit-limit", "x-ratelimit-remaining"
_UNKNOWN = 60
"""Requests a minute that are taken for the budget until an answer has told it."""


class Pace:
    """Waits before a call until it fits into the share. `searches` is the other budget, of searches alone."""

    def __init__(
        self,
        share: float,
        *,
        searches: int,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._share, self._now, self._sleep = share, now, sleep
        self._limit, self._searches = _UNKNOWN, searches
        self._remaining: int | None = None
        self._calls: deque[float] = deque()
        self._searched: deque[float] = deque()

    def wait(self, *, is_search: bool) -> None:
        """Wait until one more call fits; it counts from then on."""
        self._leave_to_others()
        self._fit(self._calls, self._limit)
        if is_search:
            self._fit(self._searched, self._searches)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take in the budget that an answer tells."""
        if headers.get(LIMIT_HEADER, "").isdigit():
            self._limit = int(headers[LIMIT_HEADER])
        if headers.get(REMAINING_HEADER, "").isdigit():
            self._remaining = int(headers[REMAINING_HEADER])

    def rest(self) -> None:
        """Wait until everybody's minute has begun anew."""
        self._sleep(WINDOW_SECONDS)

    def _leave_to_others(self) -> None:
        """Where others have used up nearly all of the minute, what is left is theirs."""
        if self._remaining is not None and self._remaining <= self._limit * 0.05:
            self._remaining = None
            self.rest()

    def _fit(self, sent: deque[float], limit: int) -> None:
        most = max(1, math.floor(limit * self._share))
        now = self._now()
        while sent and now - sent[0] >= WINDOW_SECONDS:
            sent.popleft()
        if len(sent) >= most:
            self._sleep(WINDOW_SECONDS - (now - sent[0]))
            now = self._now()
            sent.popleft()
        sent.append(now)
