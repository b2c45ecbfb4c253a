"""Mixed traffic that notes what it was answered, and what must be so afterwards whatever went wrong meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from kustomer_sandbox.simulator.values.record import JSON
from tests.keeping.kept_stage import KeptStage
from tests.keeping.replica_processes import Replica

BUDGET = 120
"""So many messages may be made for one customer in a minute."""

UNDONE, UNSURE = "Nothing was done", "It is not known"
OF_TYPES = {"customer": "name", "conversation": "name", "message": "preview"}
"""Types of records, and the attribute that has the word by which each is known."""


@dataclass
class Told:
    """What became of each write, by its word: made, refused, or nobody knows; and what was answered, by status."""

    made: dict[str, str] = field(default_factory=dict)
    """Word -> type."""
    refused: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, bool] = field(default_factory=dict)
    """Word of a scheduled draft -> whether it was accepted."""
    statuses: Counter[int] = field(default_factory=Counter)
    _words: Iterator[int] = field(default_factory=count)

    def word(self) -> str:
        return f"word-{next(self._words)}"

    def make(self, caller: Replica, kind: str, path: str, **body: Any) -> str | None:
        """Make a record, and note what was said; gives its id if it was made."""
        word = self.word()
        status, answer = self.call(caller, "POST", path, {**body, OF_TYPES[kind]: word})
        if 200 <= status < 300:
            self.made[word] = kind
            return str(answer["data"]["id"])
        if has_not_happened(status, answer):
            self.refused[word] = kind
        return None

    def schedule(self, caller: Replica, customer: str) -> None:
        """Have a draft sent in an hour."""
        word = self.word()
        body = {"channel": "sms", "body": word, "sendAt": "now+1h", "scheduled": True}
        status, answer = self.call(caller, "POST", f"/v1/customers/{customer}/drafts", body)
        if status == 200 or has_not_happened(status, answer):
            self.drafts[word] = status == 200

    def call(self, caller: Replica, method: str, path: str, body: JSON = None) -> tuple[int, Any]:
        status, answer = caller.call(method, path, body)
        self.statuses[status] += 1
        return status, answer


def has_not_happened(status: int, answer: Any) -> bool:
    """Whether an answer says that nothing was done. Whoever is refused hears so, or that nobody knows."""
    if status == 0:
        return False
    assert status in {429, 503}, (status, answer)
    detail = answer["errors"][0].get("detail", "")
    assert status == 429 or detail.startswith((UNDONE, UNSURE)), answer
    return not detail.startswith(UNSURE)


def traffic(callers: Sequence[Replica | None], told: Told, stop: threading.Event, number: int) -> None:
    """Call one after the other those that are there, until told to stop: reads, writes, refusals, windows, drafts."""
    customers: list[str] = []
    for turn in count(number):
        caller = callers[turn % len(callers)]
        if stop.is_set():
            return
        if caller is None:
            stop.wait(0.05)
            continue
        if (made := told.make(caller, "customer", "/v1/customers")) is not None:
            customers.append(made)
        for customer in customers[-1:]:
            told.make(caller, "conversation", "/v1/conversations", customer=customer)
            told.call(caller, "PUT", f"/v1/customers/{customer}", {"tags": ["vip"]})
            told.call(caller, "POST", f"/v1/customers/{customer}/unmasking-windows")
            told.call(caller, "POST", "/v1/customers", {"name": 5})
            told.schedule(caller, customer)
        for _ in range(8):  # for one customer of all, so that its budget is spent
            told.make(
                caller, "message", f"/v1/customers/{customers[0]}/messages", channel="chat", app="chat"
            ) if customers else None
        told.call(caller, "GET", "/v1/customers?pageSize=20")


@contextmanager
def under_traffic(callers: Sequence[Replica | None], told: Told, clients: int) -> Iterator[None]:
    """So many clients call meanwhile; what fails in one fails here."""
    stop, faults = threading.Event(), []

    def run(number: int) -> None:
        try:
            traffic(callers, told, stop, number)
        except BaseException as fault:  # noqa: BLE001 - raised again below, in the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for fault in faults:
        raise fault


def jump(caller: Replica, duration: str) -> None:
    """The clock jumps; of the windows that are shown then, none has ended."""
    caller.control("POST", "/clock", {"advance": duration})
    now = instant(caller.control("GET", "/clock")["now"])
    assert [window for window in caller.control("GET", "/windows") if instant(window["end"]) <= now] == []


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def check(stage: KeptStage, told: Told) -> dict[str, int]:
    """What was answered is there, what was refused is not, no budget was exceeded, what was due was done once.

    Hours must have passed since. Gives the figures.
    """
    found = {kind: stage.world.records.find(kind, "id") for kind in OF_TYPES}
    words = {kind: Counter(record["attributes"][OF_TYPES[kind]] for record in found[kind]) for kind in OF_TYPES}
    assert [word for word, kind in told.made.items() if words[kind][word] != 1] == []
    assert [word for word, kind in told.refused.items() if words[kind][word]] == []
    assert [word for word, is_in in told.drafts.items() if words["message"][word] != is_in] == []
    everything = Counter[str]()
    for one in words.values():
        everything.update(one)
    assert [word for word, times in everything.items() if str(word).startswith("word-") and times > 1] == []
    assert stage.world.records.count("draft") == 0
    spent = Counter(
        map(minute_of, filter(lambda message: message["attributes"]["preview"] in told.made, found["message"]))
    )
    assert max(spent.values(), default=0) <= BUDGET, spent
    return {
        "writes answered": len(told.made) + sum(told.drafts.values()),
        "writes refused": len(told.refused) + len(told.drafts) - sum(told.drafts.values()),
        "calls without an answer": told.statuses[0],
        "calls refused by a budget": told.statuses[429],
        "calls that could not be kept": told.statuses[503],
        "drafts sent once": sum(told.drafts.values()),
        "messages for one customer in the fullest minute": max(spent.values(), default=0),
        "calls": sum(told.statuses.values()),
    }


def minute_of(message: Any) -> tuple[str, str]:
    """For whom a message was made, and in which minute."""
    return message["relationships"]["customer"]["id"], message["attributes"]["createdAt"][:16]


def table(title: str, figures: dict[str, int]) -> str:
    """The figures, a line each."""
    lines = [f"{title}:", *(f"  {value:>8,}  {name}" for name, value in figures.items())]
    return "\n".join(lines)
