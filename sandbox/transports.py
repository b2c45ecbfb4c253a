"""httpx transports that call the simulator in process: no socket, no thread, no event loop for the sync one."""

from __future__ import annotations

import httpx

from simulator.api import Api
from simulator.exchange import Reply, Request


class SimulatorTransport(httpx.BaseTransport):
    """Sends a sync client's requests into a simulator."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return answer(self._api, request, request.read())


class AsyncSimulatorTransport(httpx.AsyncBaseTransport):
    """Sends an async client's requests into a simulator."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return answer(self._api, request, await request.aread())


def answer(api: Api, request: httpx.Request, body: bytes) -> httpx.Response:
    """The simulator's reply to an httpx request, as a socket would have brought it."""
    url = request.url
    reply = api.handle(
        Request(
            method=request.method,
            path=url.raw_path.partition(b"?")[0].decode("ascii"),
            query=url.query.decode("ascii"),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw},
            body=body,
        )
    )
    content = b"" if request.method == "HEAD" else reply.body
    return httpx.Response(reply.status, headers=_headers(reply), content=content or None)


def _headers(reply: Reply) -> list[tuple[str, str]]:
    if reply.status == 204:
        return list(reply.headers)
    return [*reply.headers, ("content-length", str(len(reply.body)))]
