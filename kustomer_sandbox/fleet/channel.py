"""One socket between two processes of a fleet: requests in both directions, and news of worlds that are gone.

Decision: requests cross as frames over a socket that nobody else can reach, not as HTTP to a port. The other process
calls its application with them as its own server does, so its doors decide by the client that really asked; there is
no secret to keep, no second connection to wait for, and the end of a process is the end of its socket. A frame is one
line of JSON and, where it says `size`, so many bytes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from socket import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINE_BYTES = 1 << 20
_BYTES = ("raw_path", "query_string", "root_path")
_PLAIN = ("method", "path", "scheme", "http_version")

Frame = dict[str, Any]


class WorkerGone(Exception):
    """The process at the other end has ended."""


class Channel:
    """Call `run` as long as the channel is to work; `app` answers what the other side asks, `hear` is told its news."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        app: ASGIApp,
        hear: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._app = app
        self._hear = hear
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Queue[Message | None]] = {}
        self._answering: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._is_over = False

    async def run(self) -> None:
        """Take in what the other side sends until it ends; whoever still waits for it hears so."""
        try:
            while line := await self._reader.readline():
                frame = json.loads(line)
                self._take(frame, await self._reader.readexactly(frame.get("size", 0)))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._is_over = True
            self._writer.close()
            for answers in self._waiting.values():
                answers.put_nowait(None)
            for task, left in self._answering.values():
                left.set()
                task.cancel()

    def tell(self, news: Mapping[str, Any]) -> None:
        """Send news; they arrive before whatever is sent later."""
        self._send({"news": dict(news)})

    async def ask(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Have the other side answer a request whose body was read. Raises `WorkerGone`."""
        if self._is_over:
            raise WorkerGone
        number = next(self._ids)
        answers = self._waiting[number] = asyncio.Queue()
        self._send({"ask": number, "scope": _told(scope)}, body)
        leaving: asyncio.Task[None] | None = None
        try:
            while (message := await answers.get()) is not None:
                await send(message)
                if message["type"] == "http.response.body" and not message["more_body"]:
                    return
                if message["type"] == "http.response.body" and leaving is None:
                    leaving = asyncio.create_task(self._leave(number, receive))
            raise WorkerGone
        finally:
            del self._waiting[number]
            if leaving:
                leaving.cancel()

    async def _leave(self, number: int, receive: Receive) -> None:
        """A client that leaves in the middle of a stream ends it at the other side, too."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._send({"left": number})

    def _send(self, frame: Frame, body: bytes = b"") -> None:
        if body:
            frame["size"] = len(body)
        if not self._is_over:
            self._writer.write(json.dumps(frame, separators=(",", ":")).encode() + b"\n" + body)

    def _take(self, frame: Frame, body: bytes) -> None:
        if "ask" in frame:
            left = asyncio.Event()
            task = asyncio.create_task(self._answer(frame["ask"], _scope(frame["scope"]), body, left))
            self._answering[frame["ask"]] = task, left
            task.add_done_callback(lambda _: self._answering.pop(frame["ask"]))
        elif "left" in frame:
            if frame["left"] in self._answering:
                self._answering[frame["left"]][1].set()
        elif "news" in frame:
            self._hear(frame["news"])
        elif frame["answer"] in self._waiting:
            self._waiting[frame["answer"]].put_nowait(_message(frame, body))

    async def _answer(self, number: int, scope: Scope, body: bytes, left: asyncio.Event) -> None:
        requests: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        is_open = True

        async def receive() -> Message:
            if requests:
                return requests.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal is_open
            if message["type"] == "http.response.start":
                headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in message["headers"]]
                self._send({"answer": number, "status": message["status"], "headers": headers})
            elif message["type"] == "http.response.body":
                is_open = message.get("more_body", False)
                self._send({"answer": number, "more": is_open}, message.get("body", b""))
                await self._writer.drain()

        try:
            await self._app(scope, receive, send)
        finally:
            if is_open:
                self._send({"answer": number, "more": False})


async def open_channel(
    end: socket, *, app: ASGIApp, hear: Callable[[Mapping[str, Any]], None] = lambda _: None
) -> Channel:
    """A channel over one end of a pair of sockets."""
    reader, writer = await asyncio.open_connection(sock=end, limit=_LINE_BYTES)
    return Channel(reader, writer, app=app, hear=hear)


def _told(scope: Scope) -> Frame:
    told = {name: scope[name] for name in _PLAIN if name in scope}
    told |= {name: _text(scope[name]) for name in _BYTES if scope.get(name) is not None}
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    return told | {"headers": headers, "client": scope.get("client"), "server": scope.get("server")}


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _scope(told: Frame) -> Scope:
    scope: dict[str, Any] = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, **told}
    scope["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
    for name in ("client", "server"):
        scope[name] = tuple(told[name]) if told[name] else None
    for name in ("raw_path", "query_string"):
        if name in told:
            scope[name] = told[name].encode("latin-1")
    return scope


def _message(frame: Frame, body: bytes) -> Message:
    if "status" in frame:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in frame["headers"]]
        return {"type": "http.response.start", "status": frame["status"], "headers": headers}
    return {"type": "http.response.body", "body": body, "more_body": frame["more"]}
