"""What a test sees of its world's outbound webhooks. Nothing is sent over a network, and nothing waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.records.deliveries import Delivery
from kustomer_sandbox.simulator.resources.hooks.outbound_webhooks import new_webhook
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest, accept
from kustomer_sandbox.simulator.world import webhooks
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.clock import ClockControl
from kustomer_sandbox.testkit.shared import SharedApi
from kustomer_sandbox.testkit.webhooks.faults import DeliveryFaults
from kustomer_sandbox.testkit.webhooks.receivers import taking

RECEIVER_URL = "https://receiver.example.com/webhooks"
"""Where webhooks are sent to unless a test says otherwise. Nothing is."""

_LATE = "PT1H"
_NONE: Mapping[int, str] = MappingProxyType({})


class Webhook(NamedTuple):
    """A webhook: its id, and the token that its requests are signed with."""

    id: str
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookDelivery:
    """One event as it was sent to one webhook.

    `cause` is the number of the journal's entry that made the change; `request` is the latest one, None before any.
    """

    id: str
    webhook: str
    event: str
    status: str
    attempts: int
    cause: int
    body: bytes
    request: WebhookRequest | None

    @property
    def json(self) -> Any:  # noqa: ANN401 - a JSON document
        """The event: `name`, `data` (the record, masked), `changes`, and what else stands in it."""
        return orjson.loads(self.body)


class WebhookControl:
    """What the world sends to webhooks. Every address answers 200, until `receive_with` says otherwise."""

    def __init__(self, world: World, api: SharedApi, clock: ClockControl) -> None:
        self._world, self._api, self._clock = world, api, clock
        self._receiver: DeliveryFaults | None = None
        self._requests: dict[str, WebhookRequest] = {}
        self._waiting: deque[WebhookRequest] = deque()
        self._waited: set[str] = set()
        self._before = {each.id for each in webhooks.sent(world)}
        world.receiver = self._keep

    def subscribe(self, *events: str, url: str = RECEIVER_URL) -> Webhook:
        """Make a webhook for these events, without a call of the API."""
        with self._api.lock:
            facts = {"name": "Test", "url": url, "events": list(events)}
            made = new_webhook(system_context(self._world), facts)
        return Webhook(made["id"], made["attributes"]["token"])

    def receive_with(self, receiver: Any, *, url: str = "", faults: Mapping[int, str] = _NONE) -> DeliveryFaults:  # noqa: ANN401 - an application of any framework
        """Have requests answered by `receiver`, when `deliver` or `wait_for` is called; it may call the API itself.

        It is a function, async or not, that gives a status, a WSGI or ASGI application (whose lifespan is not run), or
        the URL of a program. With `url` only what is sent there is brought to it; other addresses answer 200. `faults`
        says what goes wrong, by the number of the delivery, as in `{1: "duplicate"}` (docs/testing.md); a delivery that
        never comes fails the test at its end. Gives what is known of that. Raises `ValueError` for a fault that there
        is not, and `TypeError` for what is no receiver.
        """
        self._receiver = DeliveryFaults(taking(receiver), faults, url=url, answer=self.answer)
        return self._receiver

    def deliver(self) -> None:
        """Have everything sent that is due by the clock, and answered. What a receiver raises is raised here."""
        with self._api.lock:
            self._world.run_due(self._world.clock.now())
        while self._waiting:
            request = self._waiting.popleft()
            status: int | None = 0
            try:
                status = self._receiver(request) if self._receiver else accept(request)
            finally:
                if status is not None:
                    self.answer(request, status)

    def deliver_all(self) -> None:
        """The same, and move the world's time on until nothing is sent again any more, and what is late has come."""
        self.deliver()
        if self._receiver:
            self._receiver.hand_over()
        while dues := [each.due for each in webhooks.sent(self._world) if each.status == "retrying"]:
            self._clock.set(min(dues))
            self.deliver()
        if self._receiver and self._receiver.late:
            self._clock.advance(_LATE)
            self._receiver.take_late()

    def never_met(self) -> str:
        """What to say of faults of deliveries that have not come; nothing if there is nothing to say."""
        return self._receiver.never_met() if self._receiver else ""

    def answer(self, request: WebhookRequest, status: int) -> None:
        """Tell the status of an answer for which `None` was given when the request came; 0 if none has come."""
        with self._api.lock:
            webhooks.take_answer(self._world, request.delivery, status)

    @property
    def deliveries(self) -> Sequence[WebhookDelivery]:
        """All that was sent, or is to be sent, in the order in which it came up; nothing of what the scenario left."""
        self.deliver()
        return self._all()

    def wait_for(self, event: str) -> WebhookDelivery:
        """The first delivery of an event that was not waited for yet; `AssertionError` if none is due by the clock."""
        __tracebackhide__ = True
        found = self.deliveries
        for delivery in found:
            if delivery.event == event and delivery.attempts and delivery.id not in self._waited:
                self._waited.add(delivery.id)
                return delivery
        raise AssertionError(self._missing(event, found))

    def replay(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """Send one once more, with the same body; gives it as it then stands. Raises `KeyError` if it is forgotten."""
        with self._api.lock:
            webhooks.replay(self._world, delivery.id)
        return next(each for each in self.deliveries if each.id == delivery.id)

    def _keep(self, request: WebhookRequest) -> int | None:
        """Runs while the world is locked, so a receiver, which may call the API, is asked later."""
        self._requests[request.delivery] = request
        if self._receiver is None:
            return accept(request)
        self._waiting.append(request)
        return None

    def _all(self) -> list[WebhookDelivery]:
        with self._api.lock:
            return [self._shown(each) for each in webhooks.sent(self._world) if each.id not in self._before]

    def _shown(self, each: Delivery) -> WebhookDelivery:
        return WebhookDelivery(
            id=each.id,
            webhook=each.webhook,
            event=each.event,
            status=each.status,
            attempts=each.attempts,
            cause=each.cause,
            body=each.body.encode(),
            request=self._requests.get(each.id),
        )

    def _missing(self, event: str, found: Sequence[WebhookDelivery]) -> str:
        hooks = [hook["attributes"] for hook in self._world.records.find("outbound_webhook")]
        wanted = sorted({name for hook in hooks if hook["enabled"] for name in hook["events"]})
        lines = [f"no {event} was sent that was not waited for before"]
        if event not in wanted:
            lines.append(f"no webhook wants it: kustomer.webhooks.subscribe({event!r}) makes one that does")
        lines += [f"  {each.event} {each.status}, for #{each.cause} of the journal" for each in found[-8:]]
        return "\n".join(lines)
