"""What goes wrong with a delivery of a webhook, between who sends it and who receives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.simulator.values.webhooks import SIGNATURE_HEADER, WebhookRequest, accept, is_accepted
from kustomer_sandbox.testkit.webhooks.receivers import WebhookReceiver

UNSIGNED = "unsigned"
FORGERIES = ("forged", UNSIGNED)
DELIVERY_FAULTS = ("lost", "unheard", "duplicate", "reordered", "late", *FORGERIES)
"""What does not arrive (`lost`, `late`), or is not heard of (`unheard`), is sent again."""

MOST_DELIVERIES = 1_000


class EndlessDeliveries(Exception):
    """More came than ever should."""


class DeliveryFaults:
    """Stands before a receiver: the deliveries of the numbers of `armed` meet their faults, each once.

    What is sent to `url` is numbered from 1; empty: all that is sent. `events` are those of the deliveries that have
    come, `forged` the statuses with which forged ones were taken, `late` what is still to arrive. `answer` tells the
    status of a delivery that was overtaken. Raises `ValueError` for a fault that there is not.
    """

    def __init__(
        self,
        receiver: WebhookReceiver,
        armed: Mapping[int, str],
        *,
        url: str = "",
        answer: Callable[[WebhookRequest, int], None],
    ) -> None:
        _refuse_unknown(armed)
        self._receiver, self._armed, self._url, self._answer = receiver, armed, url, answer
        self._held: list[WebhookRequest] = []
        self.late: list[WebhookRequest] = []
        self.events: list[str] = []
        self.forged: list[int] = []

    def __call__(self, request: WebhookRequest) -> int | None:
        if self._url and request.url != self._url:
            return accept(request)
        self.events.append(orjson.loads(request.body)["name"])
        if len(self.events) > MOST_DELIVERIES:
            raise EndlessDeliveries(
                f"more than {MOST_DELIVERIES} deliveries: what the receiver does may be an event itself"
            )
        return self._met(request, self._armed.get(len(self.events), ""))

    def never_met(self) -> str:
        """What to say of faults whose delivery has not come; nothing if there is nothing to say."""
        came = len(self.events)
        missed = [f"  {fault}, at delivery {number}" for number, fault in self._armed.items() if number > came]
        head = f"faults of deliveries have not come, of which there were {came}:"
        way_out = "receive_with fewer, or deliver, if that is as it should be"
        return "\n".join([head, *missed, way_out]) if missed else ""

    def hand_over(self) -> None:
        """What was overtaken arrives."""
        while self._held:
            held = self._held.pop()
            self._answer(held, self._receiver(held) or 0)

    def take_late(self) -> None:
        """What nobody waited for arrives at last."""
        while self.late:
            self._receiver(self.late.pop(0))

    def _met(self, request: WebhookRequest, fault: str) -> int | None:
        if fault in FORGERIES and is_accepted(status := self._receiver(_forged(request, fault))):
            self.forged.append(status or 0)
        if fault == "late":
            self.late.append(request)
        if fault in {"late", "lost"}:
            return 0
        if fault == "reordered":
            self._held.append(request)
            return None
        status = self._receiver(request)
        if fault == "duplicate":
            self._receiver(request)
        self.hand_over()
        return 0 if fault == "unheard" else status


def _refuse_unknown(armed: object) -> None:
    if not isinstance(armed, Mapping) or any(type(number) is not int or number < 1 for number in armed):
        raise ValueError("faults of deliveries are told by their numbers, from 1 on, as in {1: 'duplicate'}")
    for fault in armed.values():
        if fault not in DELIVERY_FAULTS:
            near = nearest(fault, DELIVERY_FAULTS)
            raise ValueError(f"there is no fault {fault!r} of deliveries{near}; there is {', '.join(DELIVERY_FAULTS)}")


def _forged(request: WebhookRequest, fault: str) -> WebhookRequest:
    """Another event under the signature of this one, or without any."""
    event = orjson.loads(request.body)
    event["id"] = event["id"][::-1]
    event["data"]["attributes"]["name"] = "forged"
    headers = tuple(h for h in request.headers if fault != UNSIGNED or h[0] != SIGNATURE_HEADER)
    return request._replace(headers=headers, body=orjson.dumps(event))
