"""`kustomer-sandbox up` with a tool server whose clock starts at the instant given as the only argument.

For requests with a date in them, which would be refused once that date is past. From there on it runs at the
machine's pace.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

from kustomer_sandbox.command.asked_world import SandboxSettings
from kustomer_sandbox.mcp_server.clock import SystemClock, parse
from kustomer_sandbox.up import run_both


class ShiftedClock(SystemClock):
    """The machine's clock, so much later or earlier."""

    def __init__(self, start: datetime) -> None:
        self._shift: timedelta = start - super().now()

    def now(self) -> datetime:
        return super().now() + self._shift


def main() -> None:
    """Serve the demo world, its time standing still; one JSON line when ready."""
    settings = SandboxSettings(host="127.0.0.1", port=0, scenario="demo", plan="enterprise", seed="0", frozen=True)
    clock = ShiftedClock(parse(sys.argv[1]))
    run_both(settings, announce=lambda facts: print(json.dumps(facts), flush=True), clock=clock)  # noqa: T201


if __name__ == "__main__":
    main()
