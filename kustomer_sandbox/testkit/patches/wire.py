"""HTTP/1.1 as clients write and read it, without a network: bytes in, bytes out, and what faults do on the way."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple

import httptools

from kustomer_sandbox.simulator.values.http import Cut, Drop, Effect, Reply, Request
from kustomer_sandbox.testkit.patches.entrance import Entrance


class Received(NamedTuple):
    """What comes back for a request: bytes, and the effect of an armed fault on them."""

    data: bytes
    effect: Effect | None

    @property
    def ends(self) -> bool:
        """Whether the connection ends with it."""
        return isinstance(self.effect, Cut | Drop)

    @property
    def is_reset(self) -> bool:
        """Whether the connection ends as if the network had torn it down."""
        return isinstance(self.effect, Drop) and self.effect.reset


class WorldConnection:
    """One connection of a client library into a world. One request after the other, as HTTP/1.1 has them."""

    def __init__(self, entrance: Entrance, client: str) -> None:
        self._entrance = entrance
        self._client = client
        self._parser = httptools.HttpRequestParser(self)
        self._answers: list[Received] = []
        self._begin()

    def feed(self, data: bytes) -> Iterator[Received]:
        """Take in what the client sends; gives what comes back for each request that is complete with it."""
        self._parser.feed_data(data)
        answers, self._answers = self._answers, []
        yield from answers

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode("ascii")
        path, _, query = self._url.decode("latin-1").partition("?")
        request = Request(method, path, query, self._headers, self._body)
        self._answers.append(_received(method, self._entrance.handle(self._client, request)))
        self._begin()

    def _begin(self) -> None:
        self._url, self._body = b"", b""
        self._headers: dict[str, str] = {}


def _received(method: str, reply: Reply) -> Received:
    if not reply.status or isinstance(reply.effect, Drop):
        return Received(b"", reply.effect)
    body = b"" if method == "HEAD" else reply.body
    if isinstance(reply.effect, Cut):
        body = body[: reply.effect.after]
    return Received(_head(reply) + body, reply.effect)


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.status != HTTPStatus.NO_CONTENT:
        lines.append(f"content-length: {len(reply.body)}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1")
