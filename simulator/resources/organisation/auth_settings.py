"""What anybody may know of an organisation before signing in."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.values.outcome import Outcome, RawDocument

_WAYS = {"kustomer": {"enabled": True}, "google": {"enabled": False}, "saml": {"enabled": False}}
"""Password alone: nothing here could sign anybody in elsewhere (assumed)."""


@rule("auth_settings.get_public")
def get_public(call: Call) -> Outcome:
    """By which ways users sign in."""
    links = {"self": "/v1/p/auth/settings"}
    return RawDocument(
        document={"data": {"type": "auth_settings", "id": call.world.org, "attributes": _WAYS, "links": links}}
    )
