"""Clients written from the MCP specification alone, one for each way in which real ones connect and go on."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx
from mcp.client.stdio import StdioServerParameters

Message = dict[str, Any]
ABOUT = {"name": "hand-written", "version": "1"}
OF_SESSIONS = "2025-11-25"
HANDSHAKE: Message = {"protocolVersion": OF_SESSIONS, "capabilities": {}, "clientInfo": ABOUT}
OLDER_HANDSHAKE: Message = {**HANDSHAKE, "protocolVersion": "2024-11-05"}
MODERN = "2026-07-28"
MODERN_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": ABOUT,
    "io.modelcontextprotocol/clientCapabilities": {},
}
BOTH = {"accept": "application/json, text/event-stream"}
SECONDS = 20.0
_NUMBERS = itertools.count(1)


class Caller(Protocol):
    """A connected client."""

    async def ask(self, method: str, params: Message) -> Message: ...


def asking(method: str, params: Message) -> Message:
    return {"jsonrpc": "2.0", "id": next(_NUMBERS), "method": method, "params": params}


async def data(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str]]:
    """The events of a stream as kind and data; those here fit on one line."""
    kind = "message"
    async for line in lines:
        if line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            yield kind, line.removeprefix("data:").strip()


class Posting:
    """Streamable HTTP without a session: every request stands for itself, `headers` and `meta` say in which era."""

    def __init__(self, http: httpx.AsyncClient, url: str, *, version: str) -> None:
        self._http, self._url, self._version = http, url, version

    async def ask(self, method: str, params: Message) -> Message:
        headers = {**BOTH, "mcp-protocol-version": self._version}
        if self._version == MODERN:
            params = {**params, "_meta": MODERN_META}
            headers |= {"mcp-method": method, "mcp-name": params["name"]}
        answer = await self._http.post(self._url, json=asking(method, params), headers=headers)
        answer.raise_for_status()
        if answer.headers["content-type"].startswith("application/json"):
            return dict(answer.json())
        found = [line.removeprefix("data:") for line in answer.text.splitlines() if line.startswith("data:")]
        return dict(json.loads(found[-1]))


class Streaming:
    """HTTP with SSE: answers come over one long stream, questions are posted where its first event says."""

    def __init__(self, http: httpx.AsyncClient, messages: str, events: AsyncIterator[tuple[str, str]]) -> None:
        self._http, self._messages, self._events = http, messages, events

    async def ask(self, method: str, params: Message) -> Message:
        sent = asking(method, params)
        await self.tell(sent)
        async for kind, text in self._events:
            if kind == "message" and (found := json.loads(text)).get("id") == sent["id"]:
                return dict(found)
        raise AssertionError("the stream ended without an answer")

    async def tell(self, message: Message) -> None:
        (await self._http.post(self._messages, json=message)).raise_for_status()


class Piped:
    """Standard input and output of a process, one message a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, method: str, params: Message) -> Message:
        sent = asking(method, params)
        self.tell(sent)
        assert self._process.stdout is not None
        while line := await asyncio.wait_for(self._process.stdout.readline(), SECONDS):
            if (found := json.loads(line)).get("id") == sent["id"]:
                return dict(found)
        raise AssertionError("the process ended without an answer")

    def tell(self, message: Message) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")


class ConnectingAnew:
    """Opens a stream for every single call, as adapters do that keep no session."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(self, method: str, params: Message) -> Message:
        async with streaming(self._url) as client:
            return await client.ask(method, params)


@asynccontextmanager
async def posting(url: str, *, version: str = OF_SESSIONS) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(timeout=SECONDS) as http:
        client = Posting(http, url, version=version)
        if version != MODERN:
            await client.ask("initialize", HANDSHAKE)
        yield client


@asynccontextmanager
async def streaming(url: str) -> AsyncIterator[Streaming]:
    async with (
        httpx.AsyncClient(timeout=SECONDS) as http,
        http.stream("GET", url, headers={"accept": "text/event-stream"}) as stream,
    ):
        stream.raise_for_status()
        events = data(stream.aiter_lines())
        kind, path = await anext(events)
        assert kind == "endpoint"
        client = Streaming(http, str(httpx.URL(url).join(path)), events)
        await client.ask("initialize", OLDER_HANDSHAKE)
        await client.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
        yield client


@asynccontextmanager
async def post_first(url: str) -> AsyncIterator[Caller]:
    """The specification's recipe for an address of unknown kind: post, and get if that is refused with a 4xx."""
    answer = httpx.post(url, json=asking("initialize", HANDSHAKE), headers=BOTH, timeout=SECONDS)
    if answer.is_client_error:
        async with streaming(url) as client:
            yield client
    else:
        async with posting(url) as poster:
            yield poster


@asynccontextmanager
async def piped(parameters: StdioServerParameters) -> AsyncIterator[Caller]:
    process = await asyncio.create_subprocess_exec(
        parameters.command,
        *parameters.args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=parameters.env,
    )
    try:
        client = Piped(process)
        await client.ask("initialize", HANDSHAKE)
        client.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), SECONDS)
