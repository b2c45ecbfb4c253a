"""How users and customers may sign in: every organisation has one record of each."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("auth_settings.get")
def get(call: Call) -> Outcome:
    """How users may sign in."""
    return Single(record=_only(call, "auth_setting"))


@rule("auth_settings.update")
def update(call: Call) -> Outcome:
    """Change how users may sign in; what is left out of an object stays (assumed)."""
    settings = _only(call, "auth_setting")
    before = settings["attributes"]
    return Single(
        record=changes.update_by_caller(call, settings, {k: {**before[k], **v} for k, v in call.body.items()})
    )


@rule("auth_settings.get_of_customers")
def get_of_customers(call: Call) -> Outcome:
    """How customers prove who they are, with the secret."""
    return Single(record=_only(call, "auth_customer_setting"))


@rule("auth_settings.get_public")
def get_public(call: Call) -> Outcome:
    """By which ways users sign in, for whoever knows the organisation's name: nothing else of its settings."""
    settings = _only(call, "auth_setting")
    ways = {way: {"enabled": settings["attributes"][way]["enabled"]} for way in ("kustomer", "google", "saml")}
    links = {"self": "/v1/p/auth/settings"}
    shown = {"type": "auth_settings", "id": settings["id"], "attributes": ways, "links": links}
    return RawDocument(document={"data": shown})


def _only(call: Call, kind: str) -> Record:
    return call.records.find(kind)[0]
