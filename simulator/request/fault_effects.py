"""Pure: what an armed fault does to a call. The error in its place, the end of its connection, a changed reply."""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus

from kustomer_sandbox.simulator.request.responses import NO_ANSWER
from kustomer_sandbox.simulator.values.errors import Refusal, TooManyRequests, refusal_of
from kustomer_sandbox.simulator.values.http import Cut, Drop, Effect, Hang, Hold, Reply
from kustomer_sandbox.simulator.world.faults import (
    ConnectionReset,
    ContentType,
    Crash,
    CutBody,
    Fault,
    Latency,
    LostAnswer,
    RateLimited,
    Status,
    Timeout,
)
from kustomer_sandbox.simulator.world.limits import ORG

_WORDS = re.compile("[a-z]+")


class InjectedError(Refusal):
    """An error of any status, as an armed fault asks for it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        known = refusal_of(status)
        self.status = status
        self.title = known.title if known else HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
        plain = "_".join(_WORDS.findall(self.title.lower()))
        self.code = code or (known.code if known else plain)
        self.recorded_code = code or (known.recorded_code if known else plain.replace("_", ""))


def error_for(fault: Fault, *, now: datetime, limit: int) -> Refusal | None:
    """The error in the place of the call, if the fault is of that kind; `limit` is the plan's requests a minute."""
    if isinstance(fault, Status):
        return InjectedError(fault.status, fault.code, fault.message)
    if isinstance(fault, RateLimited):
        message = f"The organisation's budget of {limit} requests a minute is used up."
        refusal = TooManyRequests(message, budget=ORG, limit=limit, resets_at=now.timestamp() + fault.reset)
        refusal.headers = (("x-ratelimit-remaining", "0"),)
        return refusal
    return None


def connection_effect(fault: Fault) -> Effect | None:
    """How a call ends that is not made and gets no answer, if the fault is of that kind."""
    if isinstance(fault, ConnectionReset):
        return Drop(reset=True)
    if isinstance(fault, Timeout) and not fault.applied:
        return Hang()
    return None


def reply_instead(fault: Fault) -> Reply | None:
    """What goes out in the place of a call that is not made, before `apply_to_response`: the page of something between.

    None if the fault is not of that kind.
    """
    if isinstance(fault, ContentType) and not fault.applied:
        return Reply(HTTPStatus.OK, ())
    effect = connection_effect(fault)
    return None if effect is None else NO_ANSWER._replace(effect=effect)


def apply_to_response(fault: Fault, reply: Reply) -> Reply:
    """The reply to a call that was made, as the fault lets it out."""
    if isinstance(fault, ContentType):
        headers = (("content-type", fault.content_type), *(h for h in reply.headers if h[0] != "content-type"))
        status = reply.status if fault.status is None else fault.status
        return reply._replace(status=status, headers=headers, body=fault.body.encode())
    if isinstance(fault, CutBody) and fault.after >= len(reply.body):
        return reply
    effect = _effect(fault)
    return reply if effect is None else reply._replace(effect=effect)


def _effect(fault: Fault) -> Effect | None:
    if isinstance(fault, Latency):
        return Hold(seconds=fault.duration.total_seconds()) if fault.clock == "real" else None
    if isinstance(fault, CutBody):
        return Cut(after=fault.after)
    if isinstance(fault, Timeout):
        return Hang()
    return Drop() if isinstance(fault, LostAnswer | Crash) else None


def kind_of(fault: Fault) -> str:
    """The kind of a fault, as the journal and the control API name it."""
    return KINDS[type(fault)]


KINDS: dict[type[Fault], str] = {
    Status: "status",
    RateLimited: "rate_limited",
    Latency: "latency",
    Timeout: "timeout",
    ConnectionReset: "connection_reset",
    CutBody: "cut_body",
    ContentType: "content_type",
    LostAnswer: "lost_answer",
    Crash: "crash",
}
