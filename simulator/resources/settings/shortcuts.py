"""Shortcuts: ready-made replies, found by the beginning of their names and sorted into categories."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page, page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, Page


@rule("shortcuts.list_shortcuts")
def list_shortcuts(call: Call) -> Outcome:
    """A page of the shortcuts, or of those whose name begins with a text; case does not matter."""
    if "name" not in call.query:
        return page(call, "id")
    begin = call.query["name"].casefold()
    shortcuts = call.records.find("shortcut")
    return page_of_records(call, [one for one in shortcuts if one["attributes"]["name"].casefold().startswith(begin)])


@rule("shortcuts.list_categories")
def list_categories(call: Call) -> Outcome:
    """All categories."""
    return Page(records=call.records.find("shortcut_category"))
