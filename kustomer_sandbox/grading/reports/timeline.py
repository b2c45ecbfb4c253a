"""What happened when: each call with the windows that were open and the budgets it drew on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kustomer_sandbox.grading.trace import Trace, TracedCall

_OPENED = "CreateUnmaskingWindowByCustomer"
_CLOSED = "DeleteUnmaskingWindowByCustomer"
_WINDOW_END = "window-end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One entry of the journal: the customers whose windows are open after it, and each budget's use and limit."""

    call: TracedCall
    open_windows: tuple[str, ...]
    budgets: tuple[tuple[str, int, int], ...]


def timeline(trace: Trace) -> Iterator[Moment]:
    """The moments of a run, oldest first."""
    opened: dict[str, None] = {}
    for call in trace.calls:
        entry = call.entry
        if call.has_succeeded and entry.operation == _OPENED:
            opened[entry.customer] = None
        elif call.has_succeeded and (entry.operation == _CLOSED or entry.path == _WINDOW_END):
            opened.pop(entry.customer, None)
        yield Moment(call=call, open_windows=tuple(opened), budgets=tuple(_budgets(call)))


def _budgets(call: TracedCall) -> Iterator[tuple[str, int, int]]:
    for step in call.entry.steps():
        detail = step["detail"]
        if "budget" in detail and "used" in detail and "limit" in detail:
            yield str(detail["budget"]), int(detail["used"]), int(detail["limit"])
