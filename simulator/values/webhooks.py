"""A request to an outbound webhook, and who receives it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import NamedTuple

EVENT_HEADER = "X-Kustomer-Webhook-Event"
SIGNATURE_HEADER = "X-Kustomer-Webhook-Signature"


class WebhookRequest(NamedTuple):
    """A POST to a webhook's address; `world` is who sends it, `delivery` the id of what it delivers.

    `body` are the very bytes that are signed.
    """

    world: str
    delivery: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


Receiver = Callable[[WebhookRequest], int | None]
"""Takes a request and gives the HTTP status of the answer: 0 if none came, None if it will be told later."""


def accept(_: WebhookRequest) -> int:
    """Receives what a world sends to webhooks unless somebody else does: every address answers 200."""
    return 200


def signature(token: str, body: bytes) -> str:
    """What proves that a body comes from who knows the webhook's token (docs/events/delivery-and-retries)."""
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def is_accepted(status: int | None) -> bool:
    """Whether an answer says that the event has arrived."""
    return status is not None and 200 <= status < 300  # noqa: PLR2004 - the success class
