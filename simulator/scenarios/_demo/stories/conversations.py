"""Plays cases into the world: a conversation, its messages, its mood and its end, each at its own instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from kustomer_sandbox.simulator.operations.changes import update_by_system
from kustomer_sandbox.simulator.resources.conversations import conversations
from kustomer_sandbox.simulator.resources.conversations.conversations import new_conversation
from kustomer_sandbox.simulator.resources.conversations.messages import new_message
from kustomer_sandbox.simulator.resources.customers import summaries
from kustomer_sandbox.simulator.scenarios._demo.customers import Customer
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage
from kustomer_sandbox.simulator.scenarios._demo.stories.cases import Case, CaseLine
from kustomer_sandbox.simulator.values.clock import iso

CONNECTOR = "Channel connector"
ACCOUNTS = {"email": "support@example.com", "sms": "+15555550001", "voice": "+15555550003", "whatsapp": "+15555550002"}
APPS = {"email": "postmark", "sms": "twilio", "voice": "phone"}
_SNOOZED_AFTER = timedelta(minutes=4)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Play:
    """One case on its stage, with the customer it belongs to and what stands for the braces in its texts."""

    stage: Stage
    case: Case
    customer: Customer
    fields: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.stage.id("conversation", self.case.key)

    @property
    def name(self) -> str:
        return self.case.name.format_map(self.fields)

    @property
    def call(self) -> str:
        """The id that the telephone system gave a call."""
        return f"CA{self.stage.chance.number('call', self.case.key):016x}"

    def change(self, at: datetime, user: str, body: Mapping[str, Any]) -> None:
        """Change the conversation as a user does."""
        path = {"id": self.id}
        conversations.update(self.stage.call("UpdateConversationAttributes", at, user, path=path, body=body))


def plan_case(stage: Stage, case: Case, customer: Customer, fields: Mapping[str, str]) -> None:
    """Plan everything that happens in a case."""
    play = _Play(stage=stage, case=case, customer=customer, fields=fields)
    last_in = max(number for number, line in enumerate(case.lines) if line.direction == "in")
    stage.plan(case.lines[0].at, partial(_open, play))
    for number, line in enumerate(case.lines):
        stage.plan(line.at, partial(_say, play, line, feels=number == last_in))
    for at in case.done:
        stage.plan(at, partial(_finish, play, at))
    if case.snoozed:
        at = case.lines[-1].at + _SNOOZED_AFTER
        stage.plan(at, partial(_snooze, play, at, until=case.snoozed))


def _open(play: _Play) -> None:
    stage, case = play.stage, play.case
    body = {
        "name": play.name,
        "priority": case.priority,
        "direction": "in",
        "replyChannel": None if case.channel == "voice" else case.channel,
        "tags": list(case.tags),
        "assignedTeams": [stage.id("team", case.team)],
        "assignedUsers": [stage.id("user", case.user)],
        "queue": {"id": stage.id("queue", case.team)},
        "defaultLang": play.customer.body["defaultLang"],
        **({"custom": dict(case.custom)} if case.custom else {}),
        **({"externalId": play.call} if case.channel == "voice" else {}),
    }
    context = stage.context(case.lines[0].at, CONNECTOR)
    record = new_conversation(context, stage.id("customer", case.customer), body)
    stage.known["conversation", case.key] = record["id"]


def _say(play: _Play, line: CaseLine, *, feels: bool) -> None:
    """A message by the customer or by the case's agent. The mood is read off the customer's last one."""
    case, inbound = play.case, line.direction == "in"
    mood = {"sentiment": _mood(play)} if feels else None
    body = {
        "conversation": play.id,
        "channel": play.case.channel,
        "app": APPS.get(play.case.channel, play.case.channel),
        "direction": line.direction,
        "preview": _spoken(play, line),
        "sentAt": iso(line.at),
        **_addressed(play, inbound=inbound, is_first=line is play.case.lines[0]),
        **({"externalId": f"{play.call}-{case.lines.index(line)}"} if case.channel == "voice" else {}),
        **(mood or {}),
    }
    author = CONNECTOR if inbound else play.case.user
    new_message(play.stage.context(line.at, author), body)
    if mood:
        _feel(play, line.at, mood)


def _mood(play: _Play) -> dict[str, Any]:
    confidence = play.stage.chance.between(62, 97, "confidence", play.case.key) / 100
    return {"polarity": play.case.mood, "confidence": confidence}


def _spoken(play: _Play, line: CaseLine) -> str:
    """The text; of a call, who said it in the transcript."""
    text = line.text.format_map(play.fields)
    if play.case.channel != "voice":
        return text
    return f"Transcript, {'customer' if line.direction == 'in' else 'agent'}: {text}"


def _addressed(play: _Play, *, inbound: bool, is_first: bool) -> dict[str, Any]:
    """Subject and addresses, for the channels that have them."""
    channel = play.case.channel
    if channel not in ACCOUNTS:
        return {}
    there, here = address(play.customer, channel), ACCOUNTS[channel]
    sender, receiver = (there, here) if inbound else (here, there)
    if channel != "email":
        return {"meta": {"from": sender, "to": receiver}}
    subject = play.name if is_first else f"Re: {play.name}"
    return {"subject": subject, "meta": {"subject": subject, "from": sender, "to": [{"email": receiver}]}}


def address(customer: Customer, channel: str) -> str:
    if channel == "whatsapp":
        return str(customer.body["whatsapps"][0]["phone"])
    return customer.email if channel == "email" else customer.phone


def _feel(play: _Play, at: datetime, mood: Mapping[str, Any]) -> None:
    """What the system itself notes on the conversation: the mood it has read."""
    context = play.stage.context(at)
    conversation = context.records.get_or_404("conversation", play.id)
    stored = update_by_system(context, conversation, mood)
    summaries.follow(context, stored, before=stored["attributes"]["status"])


def _finish(play: _Play, at: datetime) -> None:
    ended = {"ended": True, "endedReason": "Chat closed"} if play.case.channel == "chat" else {}
    play.change(at, play.case.user, {"status": "done", **ended})


def _snooze(play: _Play, at: datetime, *, until: datetime) -> None:
    play.change(at, play.case.user, {"snooze": {"time": iso(until), "status": "scheduled"}})
