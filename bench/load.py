"""A small load generator: requests in turn over several kept-alive connections, as fast as the server answers.

One thread, blocking sockets, no parser: it reads the connections in turn and sends the next request on each at
once, so that the server always has work. The same generator measures the floor and the product.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

CONNECTIONS = 16
TIMEOUT_SECONDS = 60
_CHUNK = 262_144
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NO_CONTENT = 204
_BAD = 400


class BadAnswer(Exception):
    """The server answered with an error, or ended the connection: there is nothing to measure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A request to repeat at a port of this machine, and others that take turns with it."""

    port: int
    raw: bytes
    others: tuple[bytes, ...] = ()


def ask(url: str, method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> Ask:
    """The request to an origin such as `http://127.0.0.1:8700`."""
    port = int(url.rpartition(":")[2])
    lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{port}", "accept: application/json, text/event-stream"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return Ask(port=port, raw="\r\n".join([*lines, "", ""]).encode() + body)


def in_turn(asks: Sequence[Ask]) -> Ask:
    """Requests to one port that take turns."""
    return replace(asks[0], others=tuple(other.raw for other in asks[1:]))


@dataclass(kw_only=True, slots=True)
class Repeated:
    """A load that is put on again and again; it goes on where it stopped, and keeps how long answers took."""

    asked: Ask
    seconds: float
    waits: list[float] = field(default_factory=list)
    """Milliseconds from each request to its answer."""
    _raws: Iterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._raws = cycle((self.asked.raw, *self.asked.others))

    def __call__(self) -> float:
        """Answers per second over about these seconds. Raises `BadAnswer`."""
        return _loaded(self.asked.port, self._raws.__next__, self.seconds, self.waits)


def once(asked: Ask) -> bytes:
    """Send the request once, and each that takes turns with it; the last answer's body. Raises `BadAnswer`."""
    with socket.create_connection(("127.0.0.1", asked.port), timeout=TIMEOUT_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = b""
        for raw in (asked.raw, *asked.others):
            connection.sendall(raw)
            body = answer_of(connection)
        return body


def rate(asked: Ask, *, seconds: float) -> float:
    """Answers per second over about `seconds`. Raises `BadAnswer`."""
    return Repeated(asked=asked, seconds=seconds)()


def _loaded(port: int, following: Callable[[], bytes], seconds: float, waits: list[float]) -> float:
    opened = [socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) for _ in range(CONNECTIONS)]
    try:
        for connection in opened:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _rounds(following, opened, seconds, waits)
    finally:
        for connection in opened:
            connection.close()


def _rounds(following: Callable[[], bytes], opened: list[socket.socket], seconds: float, waits: list[float]) -> float:
    answers, clock = 0, time.perf_counter
    start = clock()
    sent = [_send(connection, following()) for connection in opened]
    while (spent := clock() - start) < seconds:
        for number, connection in enumerate(opened):
            answer_of(connection)
            waits.append(1000 * (clock() - sent[number]))
            sent[number] = _send(connection, following())
        answers += len(opened)
    for connection in opened:
        answer_of(connection)
    return answers / spent


def _send(connection: socket.socket, raw: bytes) -> float:
    at = time.perf_counter()
    connection.sendall(raw)
    return at


def answer_of(connection: socket.socket) -> bytes:
    """One answer's body; its head has a length, unless it is a 204."""
    data = connection.recv(_CHUNK)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(connection)
    if int(data[9:12]) >= _BAD:
        raise BadAnswer(data[:400].decode("latin-1"))
    if int(data[9:12]) == _NO_CONTENT:
        return b""
    found = _LENGTH.search(data, 0, end)
    if found is None:
        raise BadAnswer("an answer without a length cannot be measured")
    left = end + 4 + int(found.group(1)) - len(data)
    while left > 0:
        more = _more(connection)
        data += more
        left -= len(more)
    return data[end + 4 :]


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(_CHUNK)
    if not more:
        raise BadAnswer("the server closed the connection")
    return more
