"""The unmasking windows that a world has had, read from its journal: who opened and closed each, and what was read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.control.places import WorldName, find
from kustomer_sandbox.simulator.world import views
from kustomer_sandbox.simulator.world.journal import JournalEntry

_OPENS = "CreateUnmaskingWindowByCustomer"
_CLOSES = "DeleteUnmaskingWindowByCustomer"
_TIME_IS_OVER = "window-end"
_REFUSED_FROM = 300
Ending = Literal["", "closed", "over", "opened anew"]


class ReadShown(BaseModel):
    """A call that could show the customer's values."""

    seq: int
    at: str
    operation: str
    tool: str


class WindowPastShown(BaseModel):
    """One unmasking window, from its opening to its end; numbers are those of journal entries."""

    customer: str
    opened: int
    opened_at: str
    key: str = Field(description="The id of the key that opened it.")
    tool: str = Field(description="The tool that opened it, if one did.")
    call: str = Field(description="The tool call that opened it, if one did: its `id` in the tool-call log.")
    ended: int | None = Field(default=None, description="The entry that ended it; null while it is open.")
    ended_at: str = ""
    ending: Ending = Field(
        default="", description="`closed` by a call, `over` by its time, or `opened anew` by another; empty while open."
    )
    reads: list[ReadShown] = Field(description="The calls about this customer that were answered while it was open.")


def add_windows_history(router: APIRouter, api: Api) -> None:
    """Add the route."""

    @router.get("/worlds/{world}/windows/history")
    async def windows_history(world: WorldName) -> list[WindowPastShown]:
        """The windows that there have been, newest first, as far as the journal has them; those still open as well."""
        target = find(api, world)
        return past_windows(target.journal.find(), {window.customer for window in views.windows(target)})


def past_windows(entries: Iterable[JournalEntry], still_open: set[str]) -> list[WindowPastShown]:
    """The windows of these entries, newest first. What ended without an entry, by a restore, is open no more."""
    found: list[WindowPastShown] = []
    running: dict[str, WindowPastShown] = {}
    for entry in entries:
        if entry.status >= _REFUSED_FROM or not entry.customer:
            continue
        current = running.get(entry.customer)
        if ending := _ending(entry):
            if current is not None:
                _end(running.pop(entry.customer), entry, ending)
        elif current is not None and entry.method == "GET":
            current.reads.append(_read(entry))
        if entry.operation == _OPENS:
            running[entry.customer] = opened = _opened(entry)
            found.append(opened)
    for customer, window in running.items():
        if customer not in still_open:
            window.ending = "over"
    return found[::-1]


def _ending(entry: JournalEntry) -> Ending:
    if entry.operation == _OPENS:
        return "opened anew"
    if entry.operation == _CLOSES:
        return "closed"
    return "over" if entry.path == _TIME_IS_OVER else ""


def _end(window: WindowPastShown, entry: JournalEntry, ending: Ending) -> None:
    window.ended, window.ended_at, window.ending = entry.seq, entry.at, ending


def _opened(entry: JournalEntry) -> WindowPastShown:
    return WindowPastShown(
        customer=entry.customer,
        opened=entry.seq,
        opened_at=entry.at,
        key=entry.key,
        tool=entry.tool,
        call=entry.call,
        reads=[],
    )


def _read(entry: JournalEntry) -> ReadShown:
    return ReadShown(seq=entry.seq, at=entry.at, operation=entry.operation, tool=entry.tool)
