"""The demo's ways out and in: hooks, and an outbound webhook that was switched off when its receiver went away.

The order system's hook is being debugged, so what it sent within the last day can be read.

The webhook is off, and for rare events, so that who works in the demo does not pay for events that nobody asked for.
"""

from __future__ import annotations

from kustomer_sandbox.simulator.resources.hooks.inbound_hooks import new_hook, note
from kustomer_sandbox.simulator.resources.hooks.outbound_webhooks import new_webhook
from kustomer_sandbox.simulator.resources.organisation import users
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest

_ADMIN = "Priya Raman"
_COLLEAGUE = "Leila Haddad"
_DAYS_AGO = 30
_LAST_TOLD_DAYS_AGO = 20
_MINUTES_AGO = 40
_GONE = 410
_SIGNATURE = "<p>Leila Haddad, Logistics</p>"
_ORDER = {"event": "order.shipped", "order": "TS-20417", "carrier": "Overland Post"}
_WEBHOOK = {
    "name": "Staff directory",
    "url": "https://directory.example.com/kustomer",
    "events": ["kustomer.user.create", "kustomer.user.update"],
    "headers": [{"name": "X-Shop", "value": "travel-shop"}],
}
_HOOKS: dict[str, dict[str, JSON]] = {
    "form_hook": {"title": "Contact form", "description": "The shop's contact page."},
    "web_hook": {"title": "Order events", "description": "What the order system tells.", "debug": True},
    "email_hook": {"title": "Carrier mail", "description": "Mails of the carriers."},
}


def set_up(stage: Stage) -> None:
    """Write them, after everything else has happened: what they are told of is what calls do from now on."""
    context = stage.context(stage.ago(days=_DAYS_AGO), _ADMIN)
    new_webhook(context, _WEBHOOK)
    hooks = {kind: new_hook(context, kind, facts) for kind, facts in _HOOKS.items()}
    note(stage.context(stage.ago(minutes=_MINUTES_AGO)), hooks["web_hook"], _ORDER)
    stage.acts.settle()
    _tell_in_vain(stage)


def _tell_in_vain(stage: Stage) -> None:
    """A colleague is changed, and the receiver says that it is gone until the webhook is switched off."""
    world, at = stage.world, stage.ago(days=_LAST_TOLD_DAYS_AGO)
    path = {"id": stage.id("user", _COLLEAGUE)}
    users.update(stage.call("UpdateUserById", at, _ADMIN, path=path, body={"emailSignature": _SIGNATURE}))
    stage.acts.settle()
    receiver, world.receiver = world.receiver, _refuse
    world.run_due(stage.now)
    world.receiver = receiver


def _refuse(_request: WebhookRequest) -> int:
    return _GONE
