"""HTTP/1.1 from clients that are slow, endless or many: the bounds that uvicorn itself does not have.

uvicorn waits for ever for the rest of a request: its keep-alive timeout ends with the first byte that comes, and its
parser takes heads of any size. An application cannot help, since it hears of a request when the head is whole.

Decision: one timer per connection looks now and then whose turn it is, instead of one that is set and taken back for
every request. A connection that waits for us, such as an event stream or a long call, is never ended.

Decision: the body of a request that asks for an upgrade is read by a second parser, since the first one leaves off at
the end of such a head. Java's client asks for HTTP/2 with every request that is not encrypted.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from starlette.responses import Response
    from uvicorn._types import ASGI3Application

LINGER_SECONDS: Final = 1.0
"""How long a refused client may take to read why, before its connection is closed."""

_NOTHING, _HEAD, _BODY, _WHOLE = range(4)
"""How much of its present request a client has sent."""

_FRAMES: Final = (b"content-length", b"transfer-encoding")
"""The headers that say how long a body is."""

_BUSY: Final = (503, "This server has too many open connections; close some, or come back later.")
_SLOW_HEAD: Final = (408, "The head of this request did not come in time.")
_SLOW_BODY: Final = (408, "The body of this request did not come in time.")
_LONG_URL: Final = (414, "The URL of this request is too long.")
_LARGE_HEAD: Final = (431, "The headers of this request are too many or too large.")
_NO_HTTP: Final = (400, "This is not a valid request of HTTP/1.1.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What one client may take. A whole head must come within `head_seconds`, also after an answer or a connection.

    `body_seconds` are for the whole body, `send_seconds` for taking what was written. `head_bytes` bounds the URL and
    all headers, or what frames a body; `headers` their number; `connections` those that are open at once.
    """

    head_seconds: float = 10
    body_seconds: float = 30
    send_seconds: float = 60
    head_bytes: int = 65_536
    headers: int = 100
    connections: int = 1_000


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 within `bounds`. Who goes beyond is told so and disconnected.

    WebSockets are for a server with `ws="none"`, which answers such a request as if it asked for no upgrade.
    """

    bounds: ClassVar[Bounds] = Bounds()

    _sent = _NOTHING
    _since = 0.0
    """The instant of the loop from which the client's time counts."""
    _size = 0
    """Bytes of the present request that are no content; while its head is read, what came with it counts, too."""
    _unsent_since: float | None = None
    _is_deaf = False
    _data = b""
    _framing = b""
    """The headers that tell of the body of a request that asks for an upgrade; empty for all others."""
    _fault: tuple[int, str] = _NO_HTTP
    _timer: asyncio.TimerHandle | None = None
    _answered: RequestResponseCycle | None = None
    """The request whose answer is being made, or was made last."""

    def refusal(self, path: str, status: int, message: str) -> Response:
        """The answer to a client beyond the bounds, in the form of what it called; `path` is empty if not yet sent."""
        from kustomer_sandbox.mcp_server.web_door import as_envelope  # noqa: PLC0415 - the framework is slow to import

        return as_envelope(path, status, message)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.headers = []
        self._since = self.loop.time()
        self._look_again(self.bounds.head_seconds)
        if len(self.connections) > self.bounds.connections:
            self._refuse(*_BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._answered is not None and self._answered is not self.cycle:
            # uvicorn tells the newest request alone, and the one before it would write into a closed connection.
            _tell_that_client_left(self._answered)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._size += len(data)
        self._data = data
        super().data_received(data)
        if self._size > self.bounds.head_bytes or len(self.headers) > self.bounds.headers:
            self._refuse_large()

    def on_message_begin(self) -> None:
        self._sent, self._since = _HEAD, self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        bounds = self.bounds
        if len(self.headers) > bounds.headers or (
            self._size > bounds.head_bytes and self._head_size() > bounds.head_bytes
        ):
            self._fault = self._what_is_large()
            raise ValueError  # which the parser makes its own error of
        super().on_headers_complete()
        self._sent = _BODY
        if self.parser.should_upgrade():
            self._framing = b"".join(b"%b: %b\r\n" % header for header in self.headers if header[0] in _FRAMES)
        # What comes as a trailer must not be taken for a header: a proxy looks at headers alone.
        self.headers = []

    def on_chunk_header(self) -> None:
        """What frames a body may be as large as it is, if each part of it is small."""
        self._size = 0

    def on_body(self, body: bytes) -> None:
        self._size -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._framing:
            return  # it is the head alone
        super().on_message_complete()
        self._size, self._sent = 0, _WHOLE
        if self.cycle.response_complete:
            self._expect_another()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._sent == _WHOLE and self.cycle.response_complete:
            self._expect_another()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as uvicorn calls it
        self._refuse(*self._fault)

    def _unsupported_upgrade_warning(self) -> None:
        """No upgrade is taken, so what follows the request would be in no protocol that is understood."""
        self.cycle.keep_alive = False
        self._is_deaf = not self._framing
        if self._framing:
            self._read_body()

    def _read_body(self) -> None:
        """Read what comes after the head as the body that the head tells of."""
        paused = sys.exception()
        rest = self._data[paused.args[0] :] if isinstance(paused, httptools.HttpParserUpgrade) else b""
        self.parser = httptools.HttpRequestParser(_BodyAlone(self))
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + self._framing + b"\r\n")
        self._framing = b""
        HttpToolsProtocol.data_received(self, rest)

    def ignore_the_rest(self) -> None:
        """Nothing more that the client sends is read."""
        self._is_deaf = True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _expect_another(self) -> None:
        self._sent, self._since = _NOTHING, self.loop.time()

    def _refuse_large(self) -> None:
        if _NOTHING < self._sent < _WHOLE and not self._is_deaf:
            self._refuse(*self._what_is_large())

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _what_is_large(self) -> tuple[int, str]:
        is_url = len(self.url) > self.bounds.head_bytes or (self._sent == _HEAD and not self.headers)
        return _LONG_URL if is_url and len(self.headers) <= self.bounds.headers else _LARGE_HEAD

    def _look_again(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """End the connection if the client is beyond its time; look again when it could be."""
        now, bounds = self.loop.time(), self.bounds
        wait = min(bounds.head_seconds, bounds.body_seconds, bounds.send_seconds)
        if self._is_stuck(now):
            self.transport.abort()
            return
        if not self._is_deaf:
            if self.flow.read_paused or self._is_answering_another():
                self._since = now  # nobody can send what is not read
            left = self._since + (bounds.body_seconds if self._sent == _BODY else bounds.head_seconds) - now
            if left <= 0:
                self._end_slow()
            wait = min(wait, max(left, 0.001))
        self._look_again(wait)

    def _is_stuck(self, now: float) -> bool:
        """Whether the client does not take what was written."""
        if not self.transport.get_write_buffer_size():
            self._unsent_since = None
        elif self._unsent_since is None:
            self._unsent_since = now
        return self._unsent_since is not None and now - self._unsent_since >= self.bounds.send_seconds

    def _is_answering_another(self) -> bool:
        """Whether a request that was sent whole still waits for its answer."""
        running = self._answered
        return (
            running is not None and not running.response_complete and (self._sent != _BODY or running is not self.cycle)
        )

    def _end_slow(self) -> None:
        if self._sent == _HEAD:
            self._refuse(*_SLOW_HEAD)
        elif self._sent == _BODY and not self.cycle.response_started:
            self._refuse(*_SLOW_BODY)
        else:
            self._is_deaf = True
            self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        """Say why, then disconnect. While another answer is being made nothing can be said."""
        answers_another, self._is_deaf = self._is_answering_another(), True
        if self._sent == _BODY:
            # Whoever reads the body is told that its client has left.
            _tell_that_client_left(self.cycle)
        if answers_another and self._answered is not None:
            self._answered.keep_alive = False  # which ends the connection with that answer
            return
        if self._sent == _BODY and self.cycle.response_started:
            self.transport.close()
            return
        path = b"" if self._sent == _NOTHING else self.url.partition(b"?")[0]
        self.transport.write(self._bytes_of(self.refusal(path.decode("latin-1"), status, message)))
        self.transport.write_eof()
        # Closing at once would reset the connection where the client goes on sending, and it would not read why.
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _bytes_of(self, response: Response) -> bytes:
        headers = [*self.server_state.default_headers, *response.raw_headers, (b"connection", b"close")]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return STATUS_LINE[response.status_code] + lines + b"\r\n" + bytes(response.body)


class _BodyAlone:
    """What a parser tells of a body, passed on until its end: what follows is in no protocol that is understood."""

    def __init__(self, protocol: BoundedProtocol) -> None:
        self._protocol = protocol
        self.on_body = protocol.on_body
        self.on_chunk_header = protocol.on_chunk_header

    def on_message_complete(self) -> None:
        self._protocol.on_message_complete()
        self._protocol.ignore_the_rest()


def _tell_that_client_left(cycle: RequestResponseCycle) -> None:
    cycle.disconnected = True
    cycle.message_event.set()


def within(protocol: type[BoundedProtocol], bounds: Bounds) -> type[BoundedProtocol]:
    """The same protocol with other bounds."""
    return type(protocol.__name__, (protocol,), {"bounds": bounds})
