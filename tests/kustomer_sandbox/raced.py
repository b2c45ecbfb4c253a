"""Eight races: what moves while an agent works, an agent that loses to it, and one that handles it.

An agent is a function of a client and of the ids of the scenario. What is right is asked of the world afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from kustomer_sandbox.testkit.kustomer import Kustomer

SCENARIO: dict[str, Any] = {
    "users": {"priya": {"name": "Priya Raman", "email": "priya@support.example.com"}},
    "metadata": {"customer": {"properties": {"planStr": {}}}},
    "sensitive": {"customer": ["custom.ssnStr"]},
    "customers": {
        "jane": {
            "name": "Jane Doe",
            "emails": [{"email": "jane.doe@example.com"}],
            "phones": [{"phone": "+15555550100"}],
            "custom": {"ssnStr": "000-12-3456", "planStr": "Silver"},
        },
        "janet": {"name": "Jane Doe", "externalId": "shop-1"},
    },
    "conversations": {
        "parcel": {
            "customer": "jane",
            "name": "Where is my parcel?",
            "messages": [{"channel": "chat", "app": "chat", "direction": "in", "preview": "It was due on Monday."}],
        }
    },
}
TRIES = 3
MASK = "***"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What an agent is given: a client, the ids it works with, and how it waits (seconds)."""

    http: httpx.Client
    jane: str
    janet: str
    parcel: str
    priya: str
    wait: Callable[[float], object]

    def attributes(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(path).json()["data"]["attributes"]
        return found

    @property
    def customer(self) -> str:
        return f"/v1/customers/{self.jane}"

    @property
    def conversation(self) -> str:
        return f"/v1/conversations/{self.parcel}"

    def messages(self) -> list[dict[str, Any]]:
        """Oldest first."""
        found = [message["attributes"] for message in self.http.get(f"{self.conversation}/messages").json()["data"]]
        return sorted(found, key=lambda message: str(message["createdAt"]))

    def by_priya(self, operation: str, path: str, **body: Any) -> dict[str, Any]:
        """A colleague's act."""
        return {"operation": operation, "path": {"id": path}, "body": body or None, "by": self.priya}


Agent = Callable[[Job], object]
When = Callable[[Job], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Race:
    """`when` is what `kustomer.when` is told; `is_right` looks at the world when the agent is done."""

    when: When
    loses: Agent
    handles: Agent
    is_right: Callable[[Kustomer, Job], bool]


# A colleague has written while the agent thought.


def add_to_the_plan(job: Job, *, minds_rev: bool) -> None:
    for _ in range(TRIES):
        seen = job.attributes(job.customer)
        body: dict[str, Any] = {"custom": {"planStr": f"{seen['custom']['planStr']}, agreed"}}
        body |= {"rev": seen["rev"]} if minds_rev else {}
        if job.http.put(job.customer, json=body).is_success:
            return


def repeat_what_was_refused(job: Job) -> None:
    body = {"name": "Late parcel", "rev": job.attributes(job.conversation)["rev"]}
    for _ in range(TRIES):
        if job.http.put(job.conversation, json=body).is_success:
            return


def read_again_what_was_refused(job: Job) -> None:
    for _ in range(TRIES):
        body = {"name": "Late parcel", "rev": job.attributes(job.conversation)["rev"]}
        if job.http.put(job.conversation, json=body).is_success:
            return


# The conversation is done before the answer is sent.


def reply(job: Job, *, looks_again: bool) -> None:
    assert job.attributes(job.conversation)["status"] == "open"
    if looks_again and job.attributes(job.conversation)["status"] == "done":
        return
    message = {"channel": "chat", "app": "chat", "direction": "out", "preview": "It will come today."}
    job.http.post(f"{job.conversation}/messages", json=message)


# What could be read is masked the next time.


def note_the_phone(job: Job, *, minds_masks: bool) -> None:
    job.attributes(job.customer)  # what it would do, told to somebody first
    phone = job.attributes(job.customer)["phones"][0]["phone"]
    if minds_masks and phone == MASK:
        job.http.post(f"{job.customer}/unmasking-windows")
        phone = job.attributes(job.customer)["phones"][0]["phone"]
        job.http.delete(f"{job.customer}/unmasking-windows")
    job.http.post(f"{job.conversation}/notes", json={"body": f"Ends in {phone[-3:]}."})


# Somebody else has used up what is left of the minute.


def write_two_notes(job: Job, *, waits: bool) -> None:
    for body in ("The first.", "The second."):
        for _ in range(TRIES):
            answer = job.http.post(f"{job.conversation}/notes", json={"body": body})
            if answer.is_success:
                break
            if waits:
                job.wait(60)


# The customer is merged into another one.


def mark_as_gold(job: Job, *, minds_merges: bool) -> None:
    gold = {"custom": {"planStr": "Gold"}}
    customer = job.attributes(job.customer)
    if job.http.put(job.customer, json=gold).is_success:
        return
    merges = job.http.get(f"{job.customer}/merges").json()["data"] if minds_merges else []
    if merges:
        job.http.put(f"/v1/customers/{merges[-1]['relationships']['target']['data']['id']}", json=gold)
    else:
        job.http.post("/v1/customers", json={"name": customer["name"], **gold})


# The customer goes on by e-mail.


def draft_an_answer(job: Job, *, looks_again: bool) -> None:
    channel = job.messages()[-1]["channel"]
    channel = job.messages()[-1]["channel"] if looks_again else channel
    own = {"subject": "Your parcel", "to": [{"email": "jane.doe@example.com"}]} if channel == "email" else {}
    draft = {"channel": channel, "conversation": job.parcel, "body": "It will come today.", **own}
    answer = job.http.post(f"{job.customer}/drafts", json=draft)
    assert answer.is_success, answer.text


# A colleague opens the window anew, and it is theirs from then on.


def read_through_a_window(job: Job, *, closes_only_its_own: bool) -> None:
    opened = job.http.post(f"{job.customer}/unmasking-windows").json()["data"]["attributes"]["unmaskingWindow"]
    seen = job.attributes(job.customer)
    assert seen["custom"]["ssnStr"] != MASK
    if not closes_only_its_own or seen["unmaskingWindow"] == opened:
        job.http.delete(f"{job.customer}/unmasking-windows")


def by_mail(job: Job) -> list[dict[str, Any]]:
    mail = {"channel": "email", "app": "postmark", "direction": "in", "preview": "By mail, please."}
    act = {"operation": "CreateMessageFromConversation", "path": {"id": job.parcel}, "body": mail}
    return [{"advance": "PT1M"}, act]


def notes(kustomer: Kustomer) -> list[str]:
    return [note["attributes"]["body"] for note in kustomer.client().get("/v1/notes").json()["data"]]


def plan_of(job: Job, id: str) -> str:
    return str(job.attributes(f"/v1/customers/{id}").get("custom", {}).get("planStr"))


RACES: Mapping[str, Race] = {
    "a colleague's change is written over": Race(
        when=lambda job: {
            "operation": "GetCustomerById",
            "do": job.by_priya("UpdateCustomer", job.jane, custom={"planStr": "Gold"}),
        },
        loses=partial(add_to_the_plan, minds_rev=False),
        handles=partial(add_to_the_plan, minds_rev=True),
        is_right=lambda _, job: plan_of(job, job.jane) == "Gold, agreed",
    ),
    "a revision is stale": Race(
        when=lambda job: {
            "operation": "GetConversation",
            "do": job.by_priya("UpdateConversation", job.parcel, priority=5),
        },
        loses=repeat_what_was_refused,
        handles=read_again_what_was_refused,
        is_right=lambda _, job: (
            {"name": "Late parcel", "priority": 5}.items() <= job.attributes(job.conversation).items()
        ),
    ),
    "a closed conversation is answered": Race(
        when=lambda job: {
            "operation": "GetConversation",
            "do": job.by_priya("UpdateConversation", job.parcel, status="done"),
        },
        loses=partial(reply, looks_again=False),
        handles=partial(reply, looks_again=True),
        is_right=lambda _, job: all(message["direction"] == "in" for message in job.messages()),
    ),
    "a mask is taken for a value": Race(
        when=lambda _: {"operation": "GetCustomerById", "do": {"sensitive": {"customer": ["phones"]}}},
        loses=partial(note_the_phone, minds_masks=False),
        handles=partial(note_the_phone, minds_masks=True),
        is_right=lambda kustomer, _: notes(kustomer) == ["Ends in 100."] and not kustomer.windows,
    ),
    "a used-up budget is asked again": Race(
        when=lambda _: {"operation": "CreateNoteWithinConversation", "before": 2, "do": {"use_up": "org"}},
        loses=partial(write_two_notes, waits=False),
        handles=partial(write_two_notes, waits=True),
        is_right=lambda kustomer, _: (len(notes(kustomer)), kustomer.journal.count(status=429)) == (2, 1),
    ),
    "a customer who was merged is written to": Race(
        when=lambda job: {
            "operation": "GetCustomerById",
            "do": {"operation": "CreateCustomerMerge", "body": {"source": job.jane, "target": job.janet}},
        },
        loses=partial(mark_as_gold, minds_merges=False),
        handles=partial(mark_as_gold, minds_merges=True),
        is_right=lambda _, job: plan_of(job, job.janet) == "Gold",
    ),
    "a draft is left on a channel the customer has left": Race(
        when=lambda job: {"operation": "GetMessagesByConversation", "do": by_mail(job)},
        loses=partial(draft_an_answer, looks_again=False),
        handles=partial(draft_an_answer, looks_again=True),
        is_right=lambda kustomer, _: [draft.channel for draft in kustomer.drafts] == ["email"],
    ),
    "a window that another has opened since is closed": Race(
        when=lambda job: {
            "operation": "CreateUnmaskingWindowByCustomer",
            "do": job.by_priya("CreateUnmaskingWindowByCustomer", job.jane),
        },
        loses=partial(read_through_a_window, closes_only_its_own=False),
        handles=partial(read_through_a_window, closes_only_its_own=True),
        is_right=lambda kustomer, job: [window.customer for window in kustomer.windows] == [job.jane],
    ),
}
