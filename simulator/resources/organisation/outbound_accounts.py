"""Outbound accounts: what the organisation sends from. They are set up with the world and only read here."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import asked_page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument
from kustomer_sandbox.simulator.values.paging import PageRequest, page_links

VISIBILITY = "applyOutboundBrandVisibility"
_SHOWN = ("channel", "name", "account")


@rule("outbound_accounts.list_accounts")
def list_accounts(call: Call) -> Outcome:
    """A page of accounts as the vendor's one example shows them: without ids, `meta` empty, no links to other pages.

    Permission sets that hide a brand's accounts are not modelled: the visibility parameter hides nothing.
    """
    paging = call.operation.paging
    asked = asked_page(call, paging) if paging else PageRequest(number=1, size=100)
    found = call.records.find("outbound_account", limit=asked.size, offset=asked.offset)
    kept = [(VISIBILITY, str(call.query[VISIBILITY]).lower())] if VISIBILITY in call.query else []
    return RawDocument(
        document={
            "meta": {},
            "data": [
                {"type": record["type"], "attributes": {name: record["attributes"][name] for name in _SHOWN}}
                for record in found
            ],
            "links": {"self": page_links(call.operation.path, kept, asked, more=False, pages=None)["self"]},
        }
    )
