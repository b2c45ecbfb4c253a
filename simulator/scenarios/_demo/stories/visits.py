"""What the shop's website has tracked: one customer's visit, and one of a visitor whom nobody has identified."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.resources.history import tracking
from kustomer_sandbox.simulator.scenarios._demo.customers import JANE, Customer
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage

_CLERK = "Channel connector"
_MINUTES_AGO = 9
_VISIT: dict[str, Any] = {"trackingId": "visitor-1", "sessionId": "visit-1"}
_EVENTS: tuple[dict[str, Any], ...] = (
    {**_VISIT, "name": "order-viewed", "meta": {"statusStr": "delayed"}},
    {**_VISIT, "name": "help-opened"},
    {"trackingId": "visitor-2", "name": "help-opened"},
)


def plan_visits(stage: Stage, people: dict[str, Customer]) -> None:
    """Plan the visits, the last things that happen in the demo: earlier ones would change the ids of all the rest."""
    at = stage.ago(minutes=_MINUTES_AGO)
    about = {**_VISIT, "email": people[JANE].email}
    stage.plan(at, partial(_identify, stage, about, at))
    for number, event in enumerate(_EVENTS):
        stage.plan(at, partial(_track, stage, event, at + timedelta(minutes=number)))


def _identify(stage: Stage, about: dict[str, Any], at: datetime) -> None:
    tracking.identify(stage.call("CreateTrackingIdentity", at, _CLERK, path={}, body=about))


def _track(stage: Stage, event: dict[str, Any], at: datetime) -> None:
    tracking.track(stage.call("CreateTrackingEvent", at, _CLERK, path={}, body=event))
