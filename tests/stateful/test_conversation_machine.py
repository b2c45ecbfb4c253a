"""Conversations written to, snoozed, done, moved and deleted in any order, against their life cycle in short."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.simulator.values.clock import iso
from tests.stateful.exploring import InProcessMachine, PlantedFault, assert_found, explore

OWNERS = ("jane", "joe")
MOST = 3
TICK = timedelta(milliseconds=1)
APPS = {"email": "postmark", "sms": "twilio"}


@dataclass
class Talk:
    """What the model holds of one conversation."""

    owner: str
    status: str
    wakes: datetime | None = None
    snooze: str = ""
    messages: list[tuple[str, str]] = field(default_factory=list)
    notes: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first_response: str = ""
    waits: bool = False

    def become(self, status: str) -> None:
        """Each entry into a status is counted; leaving a snooze before its time cancels it."""
        if status == self.status:
            return
        if self.status == "snoozed" and self.snooze == "scheduled":
            self.snooze = "canceled"
        name = {"open": "reopenCount", "snoozed": "snoozeCount", "done": "doneCount"}[status]
        self.counts[name] += 1
        self.counts["reopenFromDoneCount"] += (self.status, status) == ("done", "open")
        self.status, self.wakes = status, None

    def elapse(self, now: datetime) -> None:
        if self.wakes and now >= self.wakes:
            self.snooze = "elapsed"
            self.become("open")

    def hear(self, direction: str, channel: str, id: str) -> None:
        """An inbound message opens; the first reply to one is the first response."""
        self.messages.append((direction, channel))
        if direction == "in":
            self.waits = True
            self.become("open")
        elif self.waits:
            self.first_response, self.waits = self.first_response or id, False

    def shown(self) -> dict[str, Any]:
        """The attributes that follow."""
        directions = Counter(direction for direction, _ in self.messages)
        return {
            "status": self.status,
            "messageCount": len(self.messages),
            "inboundMessageCount": directions["in"],
            "outboundMessageCount": directions["out"],
            "noteCount": self.notes,
            "channels": list(dict.fromkeys(channel for _, channel in self.messages)),
            "lastMessageDirection": self.messages[-1][0] if self.messages else None,
            "firstResponse": self.first_response,
            "waits": self.waits,
            "snooze": self.snooze,
            **{name: self.counts[name] for name in COUNTS},
        }


COUNTS = ("reopenCount", "reopenFromDoneCount", "snoozeCount", "doneCount")
talks = st.integers(0, MOST - 1)


class ConversationMachine(InProcessMachine):
    """Two customers and up to three conversations, one of which is there from the start."""

    @initialize(status=st.sampled_from(["open", "done"]))
    def begin(self, status: str) -> None:
        self.found()
        self.talks: dict[str, Talk] = {}
        self.customers = {name: self.made("/v1/customers", {"name": name}) for name in OWNERS}
        self.start("jane", status)

    def start(self, owner: str, status: str) -> None:
        id = self.made("/v1/conversations", {"customer": self.customers[owner], "status": status})
        self.talks[id] = Talk(owner=owner, status=status)

    def pick(self, at: int) -> tuple[str, Talk]:
        return list(self.talks.items())[at % len(self.talks)]

    def change(self, id: str, **body: Any) -> None:
        answer = self.client.put(f"/v1/conversations/{id}", body)
        assert answer.status == 200, answer.json

    @property
    def now(self) -> datetime:
        return self.client.world.clock.now()

    def move_to(self, instant: datetime) -> None:
        self.client.advance((instant - self.now).total_seconds())
        for talk in self.talks.values():
            talk.elapse(self.now)

    @precondition(lambda self: len(self.talks) < MOST)
    @rule(owner=st.sampled_from(OWNERS), status=st.sampled_from(["open", "done", "snoozed"]))
    def create(self, owner: str, status: str) -> None:
        """Nothing is created snoozed."""
        if status == "snoozed":
            body = {"customer": self.customers[owner], "status": status}
            assert self.client.post("/v1/conversations", body).status == 400
        else:
            self.start(owner, status)

    @precondition(lambda self: self.talks)
    @rule(at=talks, direction=st.sampled_from(["in", "in", "out"]), channel=st.sampled_from(sorted(APPS)))
    def write(self, at: int, direction: str, channel: str) -> None:
        self.move_to(self.now + TICK)
        id, talk = self.pick(at)
        body = {"channel": channel, "app": APPS[channel], "direction": direction, "preview": "Hello"}
        talk.hear(direction, channel, self.made(f"/v1/conversations/{id}/messages", body))

    @precondition(lambda self: self.talks)
    @rule(at=talks, channel=st.sampled_from(sorted(APPS)))
    def ask_and_answer(self, at: int, channel: str) -> None:
        """Random directions seldom make a reply to a reply's reply."""
        for direction in ("in", "out", "in", "out"):
            self.write(at, direction, channel)

    @precondition(lambda self: self.talks)
    @rule(at=talks)
    def note(self, at: int) -> None:
        id, talk = self.pick(at)
        self.made(f"/v1/conversations/{id}/notes", {"body": "Call back"})
        talk.notes += 1

    @precondition(lambda self: self.talks)
    @rule(at=talks, status=st.sampled_from(["open", "done"]))
    def finish_or_reopen(self, at: int, status: str) -> None:
        id, talk = self.pick(at)
        self.change(id, status=status)
        talk.become(status)

    @precondition(lambda self: self.talks)
    @rule(at=talks)
    def finish_and_reopen(self, at: int) -> None:
        self.finish_or_reopen(at, "done")
        self.conversations_read_as_the_model()
        self.finish_or_reopen(at, "open")

    @precondition(lambda self: self.talks)
    @rule(at=talks, seconds=st.sampled_from([1, 60, 3600]))
    def snooze(self, at: int, seconds: int) -> None:
        id, talk = self.pick(at)
        time = self.now + timedelta(seconds=seconds)
        self.change(id, status="snoozed", snooze={"time": iso(time), "status": "scheduled"})
        talk.become("snoozed")
        talk.wakes, talk.snooze = time, "scheduled"

    @rule(seconds=st.sampled_from([1, 59, 3600]))
    def wait(self, seconds: int) -> None:
        self.move_to(self.now + timedelta(seconds=seconds))

    @precondition(lambda self: any(talk.wakes for talk in self.talks.values()))
    @rule(off=st.sampled_from([-TICK, timedelta(0), TICK]))
    def wait_for_a_snooze_to_elapse(self, off: timedelta) -> None:
        """Just before, at and just after."""
        wakes = min(talk.wakes for talk in self.talks.values() if talk.wakes) + off
        self.move_to(max(self.now, wakes))

    @precondition(lambda self: self.talks)
    @rule(at=talks, owner=st.sampled_from(OWNERS))
    def hand_over(self, at: int, owner: str) -> None:
        id, talk = self.pick(at)
        self.change(id, customer=self.customers[owner])
        talk.owner = owner

    @precondition(lambda self: self.talks)
    @rule(at=talks)
    def hear_and_hand_over(self, at: int) -> None:
        """To the other customer, with what was written."""
        _, talk = self.pick(at)
        self.write(at, "in", "sms")
        self.hand_over(at, next(owner for owner in OWNERS if owner != talk.owner))

    @precondition(lambda self: self.talks)
    @rule(at=talks)
    def delete(self, at: int) -> None:
        id, _ = self.pick(at)
        assert self.client.delete(f"/v1/conversations/{id}").status == 204
        assert self.client.get(f"/v1/conversations/{id}").status == 404
        del self.talks[id]

    @invariant()
    def conversations_read_as_the_model(self) -> None:
        for id, talk in self.talks.items() if self.is_begun else ():
            shown = self.client.get(f"/v1/conversations/{id}").attributes
            seen = {name: shown.get(name, 0) for name in COUNTS} | {
                **{name: shown.get(name) for name in talk.shown() if name not in COUNTS},
                "firstResponse": shown["firstResponse"].get("id", ""),
                "waits": bool(shown["lastMessageUnrespondedTo"]),
                "snooze": shown.get("snooze", {}).get("status", ""),
            }
            assert seen == talk.shown()

    @invariant()
    def customers_count_what_is_theirs(self) -> None:
        for owner, id in self.customers.items() if self.is_begun else ():
            own = {key: talk for key, talk in self.talks.items() if talk.owner == owner}
            statuses = Counter(talk.status for talk in own.values())
            shown = self.client.get(f"/v1/customers/{id}").attributes
            counts = {"all": len(own), **{name: statuses[name] for name in ("snoozed", "open", "done")}}
            assert shown.get("conversationCounts", dict.fromkeys(counts, 0)) == counts
            assert shown.get("progressiveStatus") == next((s for s in ("open", "snoozed", "done") if statuses[s]), None)
            assert {talk["id"] for talk in self.client.get(f"/v1/customers/{id}/conversations").data} == own.keys()

    @invariant()
    def messages_go_where_their_conversation_goes(self) -> None:
        for id, talk in self.talks.items() if self.is_begun else ():
            owners = {
                message["relationships"]["customer"]["data"]["id"]
                for message in self.client.get(f"/v1/conversations/{id}/messages").data
            }
            assert owners <= {self.customers[talk.owner]}


@pytest.mark.properties
def test_conversations_agree_with_their_life_cycle() -> None:
    """Status, counts, snoozes, responses and what customers show of them follow from what was done, and how often."""
    explore(ConversationMachine)


_AT = "simulator.resources.conversations"
FAULTS = (
    PlantedFault(
        "a reply opens nothing", f"{_AT}.timeline:post", 'opens = before["status"] != "open"', "opens = False"
    ),
    PlantedFault("a snooze never elapses", f"{_AT}.lifecycle:wake", '!= "snoozed"', '== "snoozed"'),
    PlantedFault(
        "a snooze is forgotten when it is planned",
        f"{_AT}.lifecycle:plan_wake",
        'if attributes["status"] == "snoozed"',
        "if False",
    ),
    PlantedFault(
        "a reply leaves the snooze scheduled", f"{_AT}.lifecycle:moved", 'before == "snoozed"', 'before == "asleep"'
    ),
    PlantedFault("nobody counts what is done", f"{_AT}.lifecycle:_entered", '"doneCount"', '"snoozeCount"'),
    PlantedFault(
        "inbound messages count as outbound",
        f"{_AT}.timeline:_counted",
        'if direction == "in" else',
        'if direction == "out" else',
    ),
    PlantedFault(
        "every reply is the first response", f"{_AT}.timeline:_answered", '"id" in before["firstResponse"]', "False"
    ),
    PlantedFault(
        "messages stay when their conversation moves",
        f"{_AT}.conversations:_move",
        "for kind in _HANGING_ON",
        "for kind in ()",
    ),
    PlantedFault(
        "the former owner goes on counting",
        f"{_AT}.conversations:_move",
        "dict.fromkeys((former, customer))",
        "(customer,)",
    ),
    PlantedFault(
        "what is deleted stays readable", f"{_AT}.conversations:_bury", '"deleted": True, "attributes"', '"attributes"'
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, ConversationMachine, monkeypatch)
