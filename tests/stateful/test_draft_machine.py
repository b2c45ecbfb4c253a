"""Drafts written, planned, changed, deleted and sent by the clock in any order, against a short model of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from kustomer_sandbox.simulator.values.clock import iso
from tests.stateful.exploring import InProcessMachine, PlantedFault, assert_found, explore

TICK = timedelta(milliseconds=1)
CHANNELS = ("sms", "email", "note")
ENDS = [-TICK, timedelta(0), TICK]
MOST = 4
"""So many drafts wait at most."""


@dataclass
class Draft:
    """What the model holds of one draft; `due` is None while nobody planned its sending."""

    channel: str
    text: str
    placed: bool
    due: datetime | None = None

    def shown(self) -> tuple[Any, ...]:
        planned = ("draft", None) if self.due is None else ("scheduled", iso(self.due))
        return self.channel, self.text, self.placed, *planned


drafts = st.integers(0, MOST - 1)
spans = st.sampled_from([1, 60, 3600])


class DraftMachine(InProcessMachine):
    """One customer with one conversation; what is sent is counted there, or stands in a new conversation."""

    @initialize(second=st.booleans())
    def begin(self, *, second: bool) -> None:
        """A draft that is planned and one that is not wait from the start."""
        self.found()
        self.drafts: dict[str, Draft] = {}
        self.sent: list[tuple[str, str, bool]] = []
        self.count = 0
        self.customer = self.made("/v1/customers", {"name": "Jane"})
        self.conversation = self.made("/v1/conversations", {"customer": self.customer})
        self.write("sms", placed=True, seconds=60, planned=True)
        if second:
            self.write("note", placed=True, seconds=None, planned=False)

    @property
    def now(self) -> datetime:
        return self.client.world.clock.now()

    def pick(self, at: int) -> tuple[str, Draft]:
        return list(self.drafts.items())[at % len(self.drafts)]

    def next_text(self) -> str:
        self.count += 1
        return f"text {self.count}"

    def send(self, draft: Draft) -> None:
        self.sent.append((draft.channel, draft.text, draft.placed))

    @precondition(lambda self: len(self.drafts) < MOST)
    @rule(
        channel=st.sampled_from(CHANNELS),
        placed=st.booleans(),
        seconds=st.none() | st.sampled_from([-1, 0, 1, 3600]),
        planned=st.booleans(),
    )
    def write(self, channel: str, *, placed: bool, seconds: int | None, planned: bool) -> None:
        """It is planned with both `sendAt` and `scheduled`, and then sent at once if its time is over."""
        draft = Draft(channel=channel, text=self.next_text(), placed=placed)
        when = None if seconds is None else self.now + timedelta(seconds=seconds)
        body = {"channel": channel, "body": draft.text, **({"scheduled": True} if planned else {})}
        body |= {} if when is None else {"sendAt": iso(when)}
        body |= {"conversation": self.conversation} if placed else {}
        answer = self.client.post(f"/v1/customers/{self.customer}/drafts", body)
        if channel == "note" and placed and self.has_note():
            assert answer.status == 409
            return
        assert answer.status == 200, answer.json
        draft.due = when if planned else None
        if draft.due and draft.due <= self.now:
            self.send(draft)
        else:
            self.drafts[answer.data["id"]] = draft

    def has_note(self) -> bool:
        return any(draft.channel == "note" and draft.placed for draft in self.drafts.values())

    @precondition(lambda self: self.drafts)
    @rule(at=drafts, seconds=st.sampled_from([None, 1, 60, 3600]))
    def change(self, at: int, seconds: int | None) -> None:
        """A `sendAt` plans anew, none leaves the plan."""
        id, draft = self.pick(at)
        draft.text = self.next_text()
        body = {"channel": draft.channel, "body": draft.text}
        if seconds is not None:
            draft.due = self.now + timedelta(seconds=seconds)
            body["sendAt"] = iso(draft.due)
        assert self.client.put(f"/v1/drafts/{id}", body).status == 200

    @precondition(lambda self: any(draft.due for draft in self.drafts.values()))
    @rule()
    def unplan(self) -> None:
        id, draft = next((id, draft) for id, draft in self.drafts.items() if draft.due)
        assert self.client.put(f"/v1/drafts/{id}", {"channel": draft.channel, "sendAt": ""}).status == 200
        draft.due = None

    @precondition(lambda self: self.drafts)
    @rule(at=drafts)
    def delete(self, at: int) -> None:
        id, _ = self.pick(at)
        assert self.client.delete(f"/v1/drafts/{id}").status == 204
        assert self.client.put(f"/v1/drafts/{id}", {"channel": "sms"}).status == 404
        del self.drafts[id]

    @rule(seconds=spans)
    def wait(self, seconds: int) -> None:
        self.move_to(self.now + timedelta(seconds=seconds))

    @precondition(lambda self: any(draft.due for draft in self.drafts.values()))
    @rule(off=st.sampled_from(ENDS))
    def wait_for_the_next_to_be_due(self, off: timedelta) -> None:
        """Just before, at and just after."""
        due = min(draft.due for draft in self.drafts.values() if draft.due)
        self.move_to(max(self.now, due + off))

    def move_to(self, instant: datetime) -> None:
        self.client.advance((instant - self.now).total_seconds())
        due = {id: draft.due for id, draft in self.drafts.items() if draft.due and draft.due <= self.now}
        for id in sorted(due, key=lambda id: due[id]):
            self.send(self.drafts.pop(id))

    @invariant()
    def what_waits_is_listed(self) -> None:
        if not self.is_begun:
            return
        listed = self.client.get(f"/v1/customers/{self.customer}/drafts").data
        seen = {draft["id"]: self.seen(draft) for draft in listed}
        assert seen == {id: draft.shown() for id, draft in self.drafts.items()}

    def seen(self, draft: Any) -> tuple[Any, ...]:
        facts = draft["attributes"]
        placed = "conversation" in draft["relationships"]
        return facts["channel"], facts["body"], placed, facts["status"], facts.get("sendAt")

    @invariant()
    def what_was_sent_stands_where_it_belongs(self) -> None:
        """As an outgoing message, or as a note that no customer sees."""
        if not self.is_begun:
            return
        messages = self.client.get(f"/v1/customers/{self.customer}/messages").data
        assert {message["attributes"]["direction"] for message in messages} <= {"out"}
        said = [(facts["channel"], facts["preview"], here) for facts, here in map(self.place, messages)]
        assert sorted(said) == sorted(sent for sent in self.sent if sent[0] != "note")
        notes = self.client.get(f"/v1/conversations/{self.conversation}/notes").data
        own = [text for channel, text, placed in self.sent if channel == "note" and placed]
        assert sorted(note["attributes"]["body"] for note in notes) == sorted(own)

    def place(self, message: Any) -> tuple[Any, bool]:
        return message["attributes"], message["relationships"]["conversation"]["data"]["id"] == self.conversation

    @invariant()
    def each_placeless_message_makes_a_conversation(self) -> None:
        if self.is_begun:
            apart = sum(channel != "note" and not placed for channel, _, placed in self.sent)
            assert len(self.client.get(f"/v1/customers/{self.customer}/conversations").data) == 1 + apart


@pytest.mark.properties
def test_drafts_agree_with_the_model() -> None:
    """Each draft waits, is gone, or was sent once, at its time, in the place and in the words it last had."""
    explore(DraftMachine)


_AT = "simulator.resources.conversations"
FAULTS = (
    PlantedFault("a time alone plans", f"{_AT}.drafts:create", 'if call.body.get("scheduled") else None', ""),
    PlantedFault("nothing is planned", f"{_AT}.drafts:_plan", "if when is None", "if True"),
    PlantedFault(
        "a draft stays when it is sent",
        f"{_AT}.draft_sending:send",
        "is not None:\n        changes",
        "is None:\n        changes",
    ),
    PlantedFault("a second note draft is let in", f"{_AT}.drafts:_only_note", 'channel != "note"', "channel"),
    PlantedFault(
        "an empty time unplans nothing", f"{_AT}.drafts:_changes_timing", '"sendAt" in body', 'body.get("sendAt")'
    ),
    PlantedFault("what is past waits", f"{_AT}.drafts:_is_past", "<=", ">="),
    PlantedFault(
        "drafts are sent as the customer's",
        f"{_AT}.draft_sending:message_of",
        '"direction": "out"',
        '"direction": "in"',
    ),
    PlantedFault("what is sent starts a conversation", f"{_AT}.draft_sending:send", "**at, ", ""),
    PlantedFault(
        "a note draft makes no note", f"{_AT}.draft_sending:send", '["channel"] == "note"', '["channel"] == "no"'
    ),
    PlantedFault("a change of time plans nothing", f"{_AT}.drafts:update", '    _plan(call, draft["id"], when)\n', ""),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_everyday_run_finds(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_found(fault, DraftMachine, monkeypatch)
