"""Receivers of webhooks, and how each kind is asked: functions, WSGI and ASGI applications, URLs of programs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import httpx

from kustomer_sandbox.simulator.values.webhooks import WebhookRequest
from kustomer_sandbox.testkit.webhooks.awaiting import finished

WebhookReceiver = Callable[[WebhookRequest], int | None]
"""A test's own receiver: takes a request with `url`, `headers` and `body`, gives the status of its answer.

The status is 0 if no answer came, and None if it is told later, by `WebhookControl.answer`.
"""


def taking(receiver: Any) -> WebhookReceiver:  # noqa: ANN401 - an application of any framework
    """How to ask a receiver: known by what it is, and applications by how many things they are called with.

    Raises `TypeError` for what is none.
    """
    if isinstance(receiver, str):
        return lambda request: _posted(httpx.HTTPTransport(), request._replace(url=receiver))
    if not callable(receiver):
        kind = type(receiver).__name__
        raise TypeError(f"a receiver is a function, a WSGI or ASGI application, or the URL of a program; got {kind}")
    parameters = inspect.signature(receiver).parameters.values()
    needed = sum(each.default is each.empty and each.kind <= each.POSITIONAL_OR_KEYWORD for each in parameters)
    if needed == 3:  # noqa: PLR2004 - ASGI: scope, receive, send
        return _status_of(lambda request: _posted_async(httpx.ASGITransport(receiver), request))
    if needed == 2:  # noqa: PLR2004 - WSGI: environ, start_response
        return lambda request: _posted(httpx.WSGITransport(receiver), request)
    return _status_of(receiver)


def _status_of(receiver: Callable[[WebhookRequest], object]) -> WebhookReceiver:
    """What a function gives, async or not. Raises `TypeError` for what is no status."""

    def asked(request: WebhookRequest) -> int | None:
        status = finished(receiver(request))
        if not isinstance(status, int | None):
            raise TypeError(f"a receiver gives the status of its answer, such as 200; got {type(status).__name__}")
        return status

    return asked


def _posted(transport: httpx.BaseTransport, request: WebhookRequest) -> int:
    with httpx.Client(transport=transport) as client:
        return client.post(request.url, headers=dict(request.headers), content=request.body).status_code


async def _posted_async(transport: httpx.AsyncBaseTransport, request: WebhookRequest) -> int:
    async with httpx.AsyncClient(transport=transport) as client:
        return (await client.post(request.url, headers=dict(request.headers), content=request.body)).status_code
