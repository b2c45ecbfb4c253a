"""Windows: which customers' values are shown unmasked, who opened that and why, what was read, and how it ended."""

from __future__ import annotations

from typing import Any, Final

from kustomer_sandbox.simulator.values.ids import is_id_list
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.calls import CallRefused

_PAST: Final = 50
_REFUSED_FROM: Final = 400


async def show(visit: AreaVisit) -> Facts:
    """The windows open now, the leases of the tool server, and what there was before."""
    past = await visit.of_world("GET", "/windows/history")
    by_customer = {window["customer"]: window for window in past if not window["ending"]}
    leases, why_no_leases = await _leases(visit)
    reasons = {lease["call_id"]: lease["reason"] for lease in leases if lease["call_id"]}
    opened = [
        {**window, **_opener(by_customer.get(window["customer"]), reasons)}
        for window in await visit.of_world("GET", "/windows")
    ]
    return {
        "open": opened,
        "leases": leases,
        "why_no_leases": why_no_leases,
        "past": [{**window, "reason": reasons.get(window["call"], "")} for window in past if window["ending"]][:_PAST],
    }


async def close(visit: AreaVisit) -> str:
    """Close a customer's window now: through the tool server if a tool had opened it, else as any client may."""
    customer = visit.given.get("customer", "")
    if not is_id_list(customer):
        raise CallRefused(400, "A customer is named by an id.")
    leases, _ = await _leases(visit)
    theirs = [lease for lease in leases if lease["customer_id"] == customer and lease["status"] != "closed"]
    if theirs and all([await _is_ended(visit, lease["id"]) for lease in theirs]):
        return "The window is closed, and so is the lease of the tool that had opened it."
    call, _ = visit.act("DELETE", f"/v1/customers/{customer}/unmasking-windows")
    if call.status >= _REFUSED_FROM:
        raise CallRefused(call.status, f"The API answered with {call.status}.")
    return "The window is closed." + (" The tool server closes its lease as soon as it can." if theirs else "")


async def _is_ended(visit: AreaVisit, lease_id: str) -> bool:
    """Close a lease. Whether the end of its window is confirmed."""
    path = f"/integrated-account/{visit.account}/unmasking-leases/{lease_id}/close"
    ended: bool = (await visit.management("POST", path))["status"] == "closed"
    return ended


async def _leases(visit: AreaVisit) -> tuple[list[dict[str, Any]], str]:
    """The latest leases of the world's account; and why there are none to show, if that cannot be asked."""
    try:
        page = await visit.management("GET", f"/integrated-account/{visit.account}/unmasking-leases?limit=50")
    except CallRefused as refusal:
        return [], refusal.message
    return page["result"], ""


def _opener(window: dict[str, Any] | None, reasons: dict[str, str]) -> Facts:
    """What the journal and the tool server know of who opened a window that is still open."""
    if window is None:
        return {"opened": 0, "key": "", "tool": "", "reason": "", "reads": []}
    return {
        "opened": window["opened"],
        "key": window["key"],
        "tool": window["tool"],
        "reason": reasons.get(window["call"], ""),
        "reads": window["reads"],
    }


AREA: Final = Area(
    name="windows",
    title="Windows",
    about="Whose masked values are shown now, who asked for that and why, what was read meanwhile, and how it ended.",
    show=show,
    acts={"close": close},
)
