"""Webhooks made, switched and answered badly while things happen, against a short model of deliveries and retries."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from tests.stateful.exploring import InProcessMachine, PlantedFault, assert_found, explore

PATH = "/v1/outbound-webhooks"
MADE, CHANGED = "kustomer.customer.create", "kustomer.customer.update"
SUBSCRIPTIONS = ((MADE,), (CHANGED,), (MADE, CHANGED))
RETRIES = (1, 1, 2, 5, 10, 15, 30)
"""Minutes from a failed attempt to the next; after the last one the webhook is switched off."""

MOST = 5
TICK = timedelta(milliseconds=1)


@dataclass
class Parcel:
    """What the model holds of one delivery."""

    event: str
    about: str
    status: str = "retrying"
    attempts: int = 0
    answer: int | None = None
    due: datetime | None = None

    def shown(self) -> tuple[Any, ...]:
        return self.event, self.status, self.attempts, self.answer


@dataclass
class Hook:
    """What the model holds of one webhook."""

    url: str
    token: str
    events: tuple[str, ...]
    enabled: bool = True
    parcels: list[Parcel] = field(default_factory=list)


class WebhookMachine(InProcessMachine):
    """Deliveries are due one after the other; the receiver answers as the machine has set it for each address."""

    @initialize(events=st.sampled_from(SUBSCRIPTIONS), status=st.sampled_from([200, 500]))
    def begin(self, events: tuple[str, ...], status: int) -> None:
        self.found()
        self.hooks: dict[str, Hook] = {}
        self.answers: dict[str, int] = {}
        self.got: Counter[tuple[str, str, str]] = Counter()
        self.expected: Counter[tuple[str, str, str]] = Counter()
        self.customers: list[str] = []
        self.client.world.receiver = self.receive
        self.subscribe(events, status)
        self.make_customer()

    def receive(self, request: WebhookRequest) -> int:
        """What stands outside: it knows the webhook by its address, and believes only what is signed."""
        hook = next(hook for hook in self.hooks.values() if hook.url == request.url)
        headers, event = dict(request.headers), orjson.loads(request.body)
        signed = hmac.new(hook.token.encode(), request.body, hashlib.sha256).hexdigest()
        assert headers["X-Kustomer-Webhook-Signature"] == signed
        assert headers["X-Kustomer-Webhook-Event"] == event["name"]
        assert event["dataId"] == event["data"]["id"]
        assert ("changes" in event) == (event["name"] == CHANGED)
        self.got[request.url, event["name"], event["dataId"]] += 1
        return self.answers[request.url]

    @property
    def now(self) -> datetime:
        return self.client.world.clock.now()

    @rule(events=st.sampled_from(SUBSCRIPTIONS), status=st.sampled_from([200, 204, 500, 0]))
    def subscribe(self, events: tuple[str, ...], status: int) -> None:
        url = f"https://receiver.example.com/{len(self.answers)}"
        answer = self.client.post(PATH, {"name": "CRM", "url": url, "events": list(events)})
        assert answer.status == (400 if len(self.hooks) >= MOST else 201), answer.json
        if answer.status == 201:
            self.answers[url] = status
            self.hooks[answer.data["id"]] = Hook(url=url, token=answer.attributes["token"], events=events)

    @rule()
    def subscribe_more_than_there_may_be(self) -> None:
        for _ in range(len(self.hooks), MOST + 1):
            self.subscribe((MADE,), 200)

    def happen(self, event: str, about: str) -> None:
        """Each webhook that wants the event and is on gets it, at once."""
        for hook in self.hooks.values():
            if hook.enabled and event in hook.events:
                hook.parcels.append(Parcel(event=event, about=about, due=self.now))
        self.settle()

    def settle(self) -> None:
        """Let what is due be sent, here and in the model."""
        self.client.advance(0)
        while due := self.due():
            hook, parcel = min(due, key=lambda pair: pair[1].due or self.now)
            self.attempt(hook, parcel)

    def due(self) -> list[tuple[Hook, Parcel]]:
        hooks = self.hooks.values()
        return [(hook, parcel) for hook in hooks for parcel in hook.parcels if parcel.due and parcel.due <= self.now]

    def attempt(self, hook: Hook, parcel: Parcel) -> None:
        at, parcel.due = parcel.due or self.now, None
        if not hook.enabled:
            parcel.status = "dropped"
            return
        self.expected[hook.url, parcel.event, parcel.about] += 1
        status = self.answers[hook.url]
        parcel.attempts, parcel.answer = parcel.attempts + 1, status or None
        if 200 <= status < 300:
            parcel.status = "delivered"
        elif parcel.attempts > len(RETRIES):
            parcel.status, hook.enabled = "failed", False
        else:
            parcel.status, parcel.due = "retrying", at + timedelta(minutes=RETRIES[parcel.attempts - 1])

    @rule()
    def make_customer(self) -> None:
        self.customers.append(self.made("/v1/customers", {"name": "Jane"}))
        self.happen(MADE, self.customers[-1])

    @rule()
    def change_customer(self) -> None:
        id = self.customers[-1]
        assert self.client.put(f"/v1/customers/{id}", {"name": "Joe"}).status == 200
        self.happen(CHANGED, id)

    @rule()
    def make_what_nobody_asked_for(self) -> None:
        self.made("/v1/companies", {"name": "Acme"})
        self.client.advance(0)

    @rule(at=st.integers(0, MOST - 1), status=st.sampled_from([200, 404, 500, 0]))
    def answer_otherwise_from_now_on(self, at: int, status: int) -> None:
        hooks = list(self.hooks.values())
        self.answers[hooks[at % len(hooks)].url] = status

    @rule(at=st.integers(0, MOST - 1), enabled=st.booleans())
    def switch(self, at: int, *, enabled: bool) -> None:
        id, hook = list(self.hooks.items())[at % len(self.hooks)]
        assert self.client.put(f"{PATH}/{id}", {"enabled": enabled}).status == 200
        hook.enabled = enabled

    @rule()
    def switch_off_while_something_waits(self) -> None:
        for at, hook in enumerate(list(self.hooks.values())):
            if any(parcel.due for parcel in hook.parcels):
                self.switch(at, enabled=False)
                self.wait_for_the_next_retry(timedelta(0))
                return

    @rule(minutes=st.sampled_from([1, 5, 30]))
    def wait(self, minutes: int) -> None:
        self.move_to(self.now + timedelta(minutes=minutes))

    def is_any_retried(self) -> bool:
        return any(parcel.due for hook in self.hooks.values() for parcel in hook.parcels)

    @precondition(is_any_retried)
    @rule(off=st.sampled_from([-TICK, timedelta(0), TICK]))
    def wait_for_the_next_retry(self, off: timedelta) -> None:
        """Just before, at and just after."""
        due = min(parcel.due for hook in self.hooks.values() for parcel in hook.parcels if parcel.due)
        self.move_to(max(self.now, due + off))

    @precondition(is_any_retried)
    @rule(times=st.integers(2, len(RETRIES)))
    def wait_for_one_retry_after_the_other(self, times: int) -> None:
        for _ in range(times):
            if self.is_any_retried():
                self.wait_for_the_next_retry(-TICK)
                self.wait_for_the_next_retry(timedelta(0))

    @precondition(is_any_retried)
    @rule()
    def wait_until_patience_ends(self) -> None:
        """All retries take a bit more than an hour."""
        self.move_to(self.now + timedelta(minutes=sum(RETRIES)))

    def move_to(self, instant: datetime) -> None:
        self.client.advance((instant - self.now).total_seconds())
        self.settle()

    @invariant()
    def deliveries_are_told_as_the_model_has_them(self) -> None:
        """Newest first."""
        for id, hook in self.hooks.items() if self.is_begun else ():
            assert self.client.get(f"{PATH}/{id}").attributes["enabled"] == hook.enabled
            told = [entry["attributes"] for entry in self.client.get(f"{PATH}/{id}/transactions").data]
            seen = [(one["event"], one["status"], one["attempts"], one["responseStatus"]) for one in told]
            assert seen == [parcel.shown() for parcel in reversed(hook.parcels)]

    @invariant()
    def the_receiver_got_each_attempt_once(self) -> None:
        assert not self.is_begun or self.got == self.expected


@pytest.mark.properties
def test_webhooks_agree_with_the_model() -> None:
    """Who wants an event gets it, signed, until it is taken or the last retry fails, and nothing after that."""
    explore(WebhookMachine)


_SENDING = "simulator.resources.hooks.webhook_delivery"
FAULTS = (
    PlantedFault("nothing is tried again", f"{_SENDING}:_settle", "sent.attempts <= len(RETRY_MINUTES)", "False"),
    PlantedFault("the last retry is left out", f"{_SENDING}:_settle", "<= len(RETRY_MINUTES)", "< len(RETRY_MINUTES)"),
    PlantedFault("retries come in steps of one minute", f"{_SENDING}:_settle", "RETRY_MINUTES[sent.attempts - 1]", "1"),
    PlantedFault("what is taken is sent again", f"{_SENDING}:_settle", "if is_accepted(status)", "if False"),
    PlantedFault("no webhook is switched off", f"{_SENDING}:_settle", '{"enabled": False}', "{}"),
    PlantedFault("what is off goes on sending", f"{_SENDING}:attempt", 'or not webhook["attributes"]["enabled"]', ""),
    PlantedFault(
        "signed with something else",
        f"{_SENDING}:request_of",
        'signature(attributes["token"]',
        'signature(attributes["name"]',
    ),
    PlantedFault("attempts are not counted", f"{_SENDING}:attempt", "found.attempts + 1", "1"),
    PlantedFault(
        "changes are not told", "simulator.request.webhook_events:_document", "if change.before is not None", "if False"
    ),
    PlantedFault(
        "everybody gets every event",
        "simulator.request.webhook_events:announce",
        'world.store.find(WEBHOOK, "event", event)',
        "world.store.find(WEBHOOK, 'id')",
    ),
    PlantedFault(
        "there may be any number of webhooks", "simulator.resources.hooks.outbound_webhooks:create", ">= MOST", "< 0"
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, WebhookMachine, monkeypatch)
