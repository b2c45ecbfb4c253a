"""Pure: what a conversation of the demo shows of its service level agreement at an instant.

The agreement gives times for the first response and, for the cases in which that was missed, for the customer's
longest wait. The attribute's form is the vendor's. What happens later is worked out as for any conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kustomer_sandbox.simulator.scenarios._demo.stage import told
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case
from kustomer_sandbox.simulator.values.clock import iso

_STATUS = {"open": "pending", "snoozed": "paused", "done": "done"}


def agreement(channel: str) -> Mapping[str, Any]:
    """The agreement that conversations of a channel are under, as `data/settings.yaml` tells it."""
    found: Mapping[str, Any] = next(sla for sla in told("settings")["slas"] if channel in sla["channels"])
    return found


def sla(case: Case, status: str, at: datetime) -> dict[str, Any]:
    """The `sla` attribute of a case whose conversation has this status."""
    matched = case.lines[0].at
    answered = next((line.at for line in case.lines if line.direction == "out" and line.at <= at), None)
    of = agreement(case.channel)
    due = matched + timedelta(hours=of["versions"][-1]["firstResponse"])
    metrics = {"firstResponse": {"breachAt": iso(due), **({"satisfiedAt": iso(answered)} if answered else {})}}
    breach = case.breach if case.breach and case.breach[1] <= at else None
    if breach and breach[0] not in metrics:
        metrics[breach[0]] = {"breachAt": iso(breach[1])}
    summary = {"satisfiedAt": iso(at)} if status == "done" and not breach else {}
    return {
        "name": of["name"],
        "version": len(of["versions"]),
        "matchedAt": iso(matched),
        "status": _STATUS[status],
        "breached": breach is not None,
        "metrics": metrics,
        **({"breach": {"metric": breach[0], "at": iso(breach[1])}} if breach else {}),
        "summary": {"firstBreachAt": iso(breach[1])} if breach else summary,
    }
