"""Replies: made of what the pipeline answered or of a refusal, and the headers that every one of them carries."""

from __future__ import annotations

import orjson

from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.request import error_entries
from kustomer_sandbox.simulator.request.context import RequestContext
from kustomer_sandbox.simulator.values.clock import http_date
from kustomer_sandbox.simulator.values.errors import ErrorVocabulary, InternalError, Refusal, TooManyRequests
from kustomer_sandbox.simulator.values.http import Drop, Reply
from kustomer_sandbox.simulator.values.outcome import Single
from kustomer_sandbox.simulator.world.limits import whole_seconds

_JSON = ("content-type", "application/json")

NO_ANSWER = Reply(status=0, headers=(), effect=Drop())
"""The reply to a call that came to no answer: its connection ends."""


def success_reply(x: RequestContext, operation: Operation) -> Reply:
    """The reply to a call that went through: the outcome's status, or the contract's, and the document if any."""
    status = (x.outcome.status if isinstance(x.outcome, Single) else None) or operation.success
    if x.response_body is None:
        return Reply(status=status, headers=())
    return Reply(status=status, headers=(_JSON,), body=x.response_body)


def error_reply(refusal: Refusal, words: ErrorVocabulary) -> Reply:
    """The reply to a refused call, in the words its world has chosen."""
    headers: tuple[tuple[str, str], ...] = (_JSON, *refusal.headers)
    if isinstance(refusal, TooManyRequests):
        headers = (*headers, ("x-ratelimit-reset", str(whole_seconds(refusal.resets_at))))
    body = orjson.dumps(error_entries.refusal_document(refusal, words))
    return Reply(status=refusal.status, headers=headers, body=body)


_SORRY = InternalError("Something went wrong in the sandbox; see its journal.")
UNEXPECTED: dict[ErrorVocabulary, Reply] = {
    "page": error_reply(_SORRY, "page"),
    "recorded": error_reply(_SORRY, "recorded"),
}
"""The 500 for what nobody foresaw, by the choice of words: ready-made, as what failed may be the making of errors."""


def with_rate_headers(x: RequestContext, reply: Reply) -> Reply:
    """The reply with the organisation's budget, the tightest of its object budgets, and the world's time as its date.

    The reset is given once nothing is left (client-code), or always, as the vendor's page shows it: the world's choice.
    """
    budgets = x.world.budgets
    state, limit = x.request_budget or budgets.request_state(x.now), budgets.requests
    remaining = max(limit - state.used, 0)
    headers = [*reply.headers, ("date", http_date(x.now)), ("x-ratelimit-limit", str(limit))]
    # A refusal may have said more already, such as that of an armed fault.
    given = [name for name, _ in reply.headers]
    if "x-ratelimit-remaining" not in given:
        headers.append(("x-ratelimit-remaining", str(remaining)))
    if (not remaining or x.world.ratelimit_reset == "always") and "x-ratelimit-reset" not in given:
        headers.append(("x-ratelimit-reset", str(whole_seconds(state.resets_at))))
    if x.object_budget is not None:
        of_object, left = x.object_budget
        headers += [("x-ratelimit-object-limit", str(of_object)), ("x-ratelimit-object-remaining", str(left))]
    return Reply(reply.status, tuple(headers), reply.body, reply.effect)
