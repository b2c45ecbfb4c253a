"""Cards: pages that show beside records. One is made available, then installed in contexts."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("cards.list_installed")
def list_installed(call: Call) -> Outcome:
    """A page of the cards that are installed."""
    return page(call, "installedAt")


@rule("cards.install")
def install(call: Call) -> Outcome:
    """Install a card in the contexts given; a card that is installed keeps its place in the list."""
    card = call.records.get_or_404("card", call.path["id"])
    since = card["attributes"].get("installedAt", iso(call.now))
    return Single(record=changes.update_by_caller(call, card, {**call.body, "installedAt": since}))
