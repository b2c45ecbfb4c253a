"""`http.client` and urllib3, and with them requests and urllib: connections to Kustomer's hosts lead into a world.

Taken at the connection, so that adapters, retries and pools of the code under test do their work as ever.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kustomer_sandbox.simulator.values.http import Hang, Hold
from kustomer_sandbox.testkit.patches.entrance import REFUSED, Entrance, is_kustomers
from kustomer_sandbox.testkit.patches.replaced import replaced
from kustomer_sandbox.testkit.patches.wire import Received, WorldConnection

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_PROXIED = "_kustomer_sandbox_proxied"


class WorldSocket(socket.socket):
    """A socket whose other end is a world. What a fault does to an answer is raised as a socket would raise it."""

    def __init__(self, connection: WorldConnection) -> None:
        # Datagram sockets are connected to nothing, and to those who look, quiet.
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self._connection = connection
        self._waiting = bytearray()
        self._end: OSError | None = None
        self._is_over = False

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:  # noqa: ARG002 - as a socket's
        for received in self._connection.feed(bytes(data)):
            self._take(received)

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        self.sendall(data, flags)
        return len(bytes(data))

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:  # noqa: ARG002
        view = memoryview(buffer).cast("B")
        size = min(nbytes or len(view), len(self._waiting))
        if not size and self._end is not None:
            raise self._end
        if not size and not self._is_over:
            raise TimeoutError("the answer did not come in time")
        view[:size] = self._waiting[:size]
        del self._waiting[:size]
        return size

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        buffer = bytearray(bufsize)
        return bytes(buffer[: self.recv_into(buffer, bufsize, flags)])

    def _take(self, received: Received) -> None:
        limit, effect = self.gettimeout(), received.effect
        if isinstance(effect, Hang) or (isinstance(effect, Hold) and limit is not None and effect.seconds > limit):
            self._end = TimeoutError("the answer did not come in time")
            return
        self._waiting += received.data
        self._is_over = received.ends
        if received.is_reset:
            self._end = ConnectionResetError("the connection was reset")


@contextmanager
def http_client(entrance: Entrance) -> Iterator[None]:
    """The standard library's `http.client`, and `urllib.request` upon it."""
    with ExitStack() as stack:
        for kind in (http.client.HTTPConnection, http.client.HTTPSConnection):
            stack.enter_context(replaced(kind, "connect", _connect(entrance, "http.client", vars(kind)["connect"])))
        putrequest = _putrequest(vars(http.client.HTTPConnection)["putrequest"])
        stack.enter_context(replaced(http.client.HTTPConnection, "putrequest", putrequest))
        yield


@contextmanager
def urllib3(entrance: Entrance) -> Iterator[None]:
    """urllib3 and all that is built upon it, requests above all."""
    from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - may not be installed

    with ExitStack() as stack:
        for kind in (HTTPConnection, HTTPSConnection):
            stack.enter_context(replaced(kind, "connect", _connect(entrance, "urllib3", vars(kind)["connect"])))
        yield


def _connect(entrance: Entrance, client: str, real: Callable[[Any], None]) -> Callable[[Any], None]:
    def connect(connection: Any) -> None:  # noqa: ANN401 - of either library
        host = connection._tunnel_host or connection.host  # noqa: SLF001 - whom a proxy is asked for; there is no other way
        if not is_kustomers(host) and not vars(connection).get(_PROXIED):
            entrance.leave(host)
            real(connection)
            return
        connection.sock = WorldSocket(WorldConnection(entrance, client))
        if isinstance(connection.timeout, int | float):
            connection.sock.settimeout(connection.timeout)
        # urllib3 would warn that no certificate was looked at.
        connection.is_verified = True

    return connect


def _putrequest(real: Callable[..., None]) -> Callable[..., None]:
    """What is asked of a proxy in the clear names its host only now; the way to the proxy leads into the world then."""

    def putrequest(connection: Any, method: str, url: str, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        proxied = url.lower().startswith("http") and is_kustomers(urlsplit(url).hostname)
        if proxied != bool(vars(connection).get(_PROXIED)):
            # Not `close`: urllib3 would forget the request it is about to send.
            if connection.sock is not None:
                connection.sock.close()
                connection.sock = None
            vars(connection)[_PROXIED] = proxied
        real(connection, method, url, *arguments, **options)

    return putrequest


@contextmanager
def name_look_up(entrance: Entrance) -> Iterator[None]:
    """Whatever else asks for the address of one of Kustomer's hosts is told that there is none: nothing leaves."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the socket module has it
        if is_kustomers(host):
            entrance.calls[REFUSED] += 1
            raise socket.gaierror(socket.EAI_NONAME, "Kustomer Sandbox lets no call to Kustomer's hosts out")
        return real(host, *arguments, **options)

    with replaced(socket, "getaddrinfo", partial(getaddrinfo)):
        yield
