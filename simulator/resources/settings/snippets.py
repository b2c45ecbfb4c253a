"""Snippets: pieces of text by key, in several languages."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("snippets.get")
def get(call: Call) -> Outcome:
    """One snippet by its key, which has dots, or by its id."""
    asked = call.path["id"]
    by_key = call.records.get_by("snippet", "key", asked) if "." in asked else None
    return Single(record=by_key or call.records.get_or_404("snippet", asked))
