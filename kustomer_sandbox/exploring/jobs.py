"""Functions as jobs, by themselves or with a receiver of webhooks: then what goes wrong is a delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.exploring.engine import Engine
from kustomer_sandbox.exploring.exploration import Exploration, JobDescription
from kustomer_sandbox.exploring.run import JobRun, KustomerLike
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from kustomer_sandbox.testkit.seeding import Acts
from kustomer_sandbox.testkit.webhooks.awaiting import finished
from kustomer_sandbox.testkit.webhooks.control import RECEIVER_URL, Webhook
from kustomer_sandbox.testkit.webhooks.receivers import WebhookReceiver, taking

_SERVER_ERROR = 500


def explore_job(
    origin: KustomerLike,
    job: Callable[[Any], object],
    *,
    when: Mapping[str, Acts],
    holds: Callable[[Any], object] | None,
    faults: Iterable[str],
    at: tuple[int, str] | None,
    most: int,
) -> Exploration:
    """See `Kustomer.explore`."""
    given: dict[str, object] = {name: it for name, it in (("when", when), ("holds", holds)) if it}
    told = JobDescription.of("explore", job, step="call", **given)
    engine = Engine(origin=origin, job=lambda forked, _: job(forked), told=told, most=most, when=when, holds=holds)
    return engine.explore(faults, at)


def explore_receiver(  # noqa: PLR0913 - those of `Kustomer.explore_receiver`
    origin: KustomerLike,
    job: Callable[[Any], object],
    receiver: Callable[[Any, Webhook], Any],
    *,
    events: tuple[str, ...],
    url: str,
    state: Callable[[Any], object] | None,
    faults: Iterable[str],
    at: tuple[int, str] | None,
    most: int,
) -> Exploration:
    """See `Kustomer.explore_receiver`."""
    options = {"url": url if url != RECEIVER_URL else None, "state": state}
    given: dict[str, object] = {name: value for name, value in options.items() if value is not None}
    told = JobDescription.of("explore_receiver", job, receiver, step="delivery", events=events, **given)
    both = JobWithReceiver(job=job, receiver=receiver, events=events, url=url, state=state)
    return Engine(origin=origin, job=both, told=told, most=most).explore(faults, at)


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

    def __call__(self, kustomer: KustomerLike, run: JobRun) -> object:
        made = self.receiver(kustomer, kustomer.webhooks.subscribe(*self.events, url=self.url))
        take, faults = taking(made), dict([run.point] if run.point.number else [])
        brought = kustomer.webhooks.receive_with(_tolerant(take) if faults else take, url=self.url, faults=faults)
        run.events, run.forged = brought.events, brought.forged
        finished(self.job(kustomer))
        kustomer.webhooks.deliver_all()
        run.refused = [sent.event for sent in kustomer.webhooks.deliveries if sent.status == "failed"]
        return _sorted(self.state(made)) if self.state else None


def _tolerant(take: WebhookReceiver) -> WebhookReceiver:
    """A receiver that fails answers 500, as a server does."""

    def asked(request: WebhookRequest) -> int:
        try:
            return take(request) or 0
        except Exception:  # noqa: BLE001 - whatever it is
            return _SERVER_ERROR

    return asked


def _sorted(state: object) -> object:
    """A state to compare by its text: the order of a mapping or set says nothing."""
    if isinstance(state, Mapping):
        return sorted(((repr(key), _sorted(value)) for key, value in state.items()), key=repr)
    return sorted(state, key=repr) if isinstance(state, set | frozenset) else state
