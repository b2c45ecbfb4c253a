"""KViews: how records of one kind look in one context. They come with the world or an app; here they are changed."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.ordering import in_order, put_in_order
from kustomer_sandbox.simulator.operations.pages import page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.errors import BadRequest, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("kviews.list_kviews")
def list_kviews(call: Call) -> Outcome:
    """A page of the KViews, of all records or of one kind, in all contexts or in one."""
    return page_of_records(call, _in_order(call, call.query.get("resource"), call.query.get("context")))


@rule("kviews.list_of_resource")
def list_of_resource(call: Call) -> Outcome:
    """A page of the KViews of one kind of record, in all contexts or in one."""
    return page_of_records(call, _in_order(call, call.path["resource"], call.query.get("context")))


@rule("kviews.update")
def update(call: Call) -> Outcome:
    """Change a KView. Raises `NotFound` for one of other records than the path names."""
    kview = call.records.get_or_404("kview", call.path["id"])
    if kview["attributes"]["resource"] != call.path["resource"]:
        raise NotFound(Problem(message="This KView is of other records.", parameter="resource"))
    return Single(record=changes.update_by_caller(call, kview, call.body))


@rule("kviews.reorder")
def reorder(call: Call) -> Outcome:
    """The KViews of the path in their new order: those named, then the others as they stood (assumed)."""
    kviews, first = _in_order(call, call.path["resource"], call.path["context"]), call.body["kviews"]
    if not set(first) <= {kview["id"] for kview in kviews}:
        message = "kviews names one that is not of these records and this context."
        raise BadRequest(Problem(message=message, pointer="/kviews"), rule="kview-order")
    put_in_order(call, kviews, first)
    return page_of_records(call, _in_order(call, call.path["resource"], call.path["context"]))


def _in_order(call: Call, resource: str | None, context: str | None) -> list[Record]:
    kviews = call.records.find("kview", "resource", resource) if resource else call.records.find("kview")
    return in_order([kview for kview in kviews if context in (None, kview["attributes"]["context"])])
