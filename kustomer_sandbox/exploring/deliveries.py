"""Jobs with a receiver of webhooks: what goes wrong is a delivery, and what counts is what comes of them all."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from kustomer_sandbox.exploring.exploration import JobDescription, name_of
from kustomer_sandbox.exploring.points import FORGERIES, UNSIGNED
from kustomer_sandbox.exploring.run import JobRun, KustomerLike, Stuck
from kustomer_sandbox.simulator.values.webhooks import SIGNATURE_HEADER, WebhookRequest, accept, is_accepted
from kustomer_sandbox.simulator.world import webhooks
from kustomer_sandbox.testkit.webhooks import RECEIVER_URL, Webhook, WebhookReceiver, taking

_LATE = "PT1H"
_MOST_DELIVERIES = 1_000
_SERVER_ERROR = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class JobWithReceiver:
    """A job for the engine: `job` is done, and everything that its world then owes to `receiver` is delivered.

    `receiver` makes one for a run, as `WebhookControl.receive_with` takes it. Gives what `state` tells of it.
    """

    job: Callable[[Any], object]
    receiver: Callable[[Any, Webhook], Any]
    events: tuple[str, ...]
    url: str
    state: Callable[[Any], object] | None

    def told(self) -> JobDescription:
        """How its exploration is told."""
        functions = tuple(map(name_of, (self.job, self.receiver, *([self.state] if self.state else []))))
        named = [name.rpartition(".")[2] for name in functions]
        own_url = "" if self.url == RECEIVER_URL else f', url="{self.url}"'
        state = "".join(f", state={name}" for name in named[2:])
        asked = f"explore_receiver({named[0]}, {named[1]}, events={json.dumps(self.events)}{own_url}{state}"
        return JobDescription(functions[0], self.job.__module__, functions, asked, "delivery")

    def __call__(self, kustomer: KustomerLike, run: JobRun) -> object:
        made = self.receiver(kustomer, kustomer.webhooks.subscribe(*self.events, url=self.url))
        courier = _Courier(kustomer, run, taking(made), self.url)
        kustomer.webhooks.receive_with(courier)
        given = self.job(kustomer)
        if inspect.iscoroutine(given):
            asyncio.run(given)
        courier.finish()
        return _sorted(self.state(made)) if self.state else None


class _Courier:
    """Brings the requests of a run to its receiver as they come, but for the one that the run's point names."""

    def __init__(self, kustomer: KustomerLike, run: JobRun, take: WebhookReceiver, url: str) -> None:
        self._kustomer, self._run, self._receiver, self._url = kustomer, run, take, url
        self._held: list[WebhookRequest] = []
        self._late: list[WebhookRequest] = []

    def __call__(self, request: WebhookRequest) -> int | None:
        if request.url != self._url:
            return accept(request)
        self._run.deliveries.append(orjson.loads(request.body)["name"])
        if len(self._run.deliveries) > _MOST_DELIVERIES:
            raise Stuck(f"more than {_MOST_DELIVERIES} deliveries: what the receiver does may be an event itself")
        fault = self._run.point.fault if self._run.point.number == len(self._run.deliveries) else ""
        if fault in FORGERIES and is_accepted(status := self._take(_forged(request, fault))):
            self._run.forged.append(status)
        if fault == "late":
            self._late.append(request)
        if fault in {"late", "lost"}:
            return 0
        if fault == "reordered":
            self._held.append(request)
            return None
        status = self._take(request)
        if fault == "duplicate":
            self._take(request)
        self._hand_over()
        return 0 if fault == "unheard" else status

    def finish(self) -> None:
        """Deliver all that is left, as long as the world's patience lasts, and in the end what comes too late."""
        self._kustomer.webhooks.deliver()
        self._hand_over()
        for due in self._dues():
            self._kustomer.clock.set(due)
            self._kustomer.webhooks.deliver()
        if self._late:
            self._kustomer.clock.advance(_LATE)
        for request in self._late:
            self._take(request)
        sent = self._kustomer.webhooks.deliveries
        self._run.refused += [delivery.event for delivery in sent if delivery.status == "failed"]

    def _dues(self) -> Iterator[str]:
        while dues := [each.due for each in webhooks.sent(self._kustomer.world) if each.status == "retrying"]:
            yield min(dues)

    def _hand_over(self) -> None:
        """What was overtaken arrives."""
        while self._held:
            held = self._held.pop()
            self._kustomer.webhooks.answer(held, self._take(held))

    def _take(self, request: WebhookRequest) -> int:
        """The receiver's answer; one that fails answers 500, as a server does, unless nothing has gone wrong yet."""
        try:
            return self._receiver(request) or 0
        except Exception:
            if not self._run.point.number:
                raise
            return _SERVER_ERROR


def _forged(request: WebhookRequest, fault: str) -> WebhookRequest:
    """Another event under the signature of this one, or without any."""
    event = orjson.loads(request.body)
    event["id"] = event["id"][::-1]
    event["data"]["attributes"]["name"] = "forged"
    headers = tuple(h for h in request.headers if fault != UNSIGNED or h[0] != SIGNATURE_HEADER)
    return request._replace(headers=headers, body=orjson.dumps(event))


def _sorted(state: object) -> object:
    """A state to compare by its text: the order of a mapping or set says nothing."""
    if isinstance(state, Mapping):
        return sorted(((repr(key), _sorted(value)) for key, value in state.items()), key=repr)
    return sorted(state, key=repr) if isinstance(state, set | frozenset) else state
