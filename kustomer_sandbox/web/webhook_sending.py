"""Sends what worlds owe to outbound webhooks over real HTTP, beside the requests that are served.

Decision: a few threads wait for receivers, so that neither a call of the API nor the server's loop ever does. Whatever
touches a world happens in the server's tick, ten times a second: what is due is handed to the threads, and their
answers are taken. Only addresses of this machine are written to unless asked otherwise; for all others, and for
everything where nothing is to be sent, the sandbox itself answers 200.
"""

from __future__ import annotations

import queue
import threading
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from kustomer_sandbox.simulator.control.access_rules import is_local
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.values.clock import WorldClock
from kustomer_sandbox.simulator.values.webhooks import WebhookRequest, accept
from kustomer_sandbox.simulator.world.webhooks import take_answer

Reach = Literal["local", "all", "off"]
"""Which addresses are really written to: those of this machine, all, or none."""

MOST_WAITING = 1_000
"""Requests that wait for a thread; for one more there is no answer, so that it is tried again later."""
THREADS = 4
TIMEOUT_SECONDS = 5.0
"""How long a receiver may take to answer: "a few seconds" (docs/events/delivery-and-retries)."""


class DeliveryAnswer(NamedTuple):
    """What came back. A world that was reset since has another `clock`: there the same id is another delivery."""

    world: str
    clock: WorldClock | None
    delivery: str
    status: int


class WebhookSender:
    """The receiver of all worlds of a server; call `tick` now and then, from where worlds are used."""

    def __init__(self, worlds: Worlds, reach: Reach) -> None:
        self._worlds = worlds
        self._reach = reach
        self._waiting: queue.Queue[tuple[WebhookRequest, WorldClock | None]] = queue.Queue(MOST_WAITING)
        self._answers: queue.SimpleQueue[DeliveryAnswer] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.under_way: set[tuple[str, str]] = set()
        """The deliveries whose answers have not been taken yet, each by its world and its id."""

    def attach(self) -> None:
        """Receive what all worlds send, those made later included."""
        self._worlds.receiver = self
        for world in self._worlds:
            world.receiver = self

    def __call__(self, request: WebhookRequest) -> int | None:
        """Have a request sent soon; the answer comes with a `tick`."""
        if self._reach == "off" or (self._reach == "local" and not is_local_address(request.url)):
            return accept(request)
        if not self._threads:
            self._start()
        try:
            self._waiting.put_nowait((request, self._clock_of(request.world)))
        except queue.Full:
            return 0
        self.under_way.add((request.world, request.delivery))
        return None

    def tick(self) -> None:
        """Send what is due in any world, and do what follows from the answers that have come."""
        for world in self._worlds:
            world.run_due(world.clock.now())
        while not self._answers.empty():
            answer = self._answers.get()
            self.under_way.discard((answer.world, answer.delivery))
            target = self._worlds.get(answer.world)
            if target is not None and target.clock is answer.clock:
                take_answer(target, answer.delivery, answer.status)

    def _clock_of(self, world: str) -> WorldClock | None:
        found = self._worlds.get(world)
        return found.clock if found else None

    def _start(self) -> None:
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        import httpx  # noqa: PLC0415 - most starts send nothing

        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            while True:
                request, clock = self._waiting.get()
                status = 0
                try:
                    with client.stream("POST", request.url, headers=request.headers, content=request.body) as response:
                        status = response.status_code
                except (httpx.HTTPError, httpx.InvalidURL):
                    pass  # no answer came
                finally:
                    self._answers.put(DeliveryAnswer(request.world, clock, request.delivery, status))


def is_local_address(url: str) -> bool:
    """Whether a URL leads to this machine, by its very words: no name but `localhost` is looked up."""
    return is_local(urlsplit(url).hostname or "")
