"""How the tool server of `up` reaches the simulator it shares a process with: without a socket, but as over one.

Context: on the way through a socket of its own process a tool call would be sent, parsed and encoded twice more,
which costs as much as the call itself. Choice: the simulator is handed the request as it would have read it, and
what an armed fault does to the reply happens here. A reply that a fault delays is waited for, in real seconds.
Cost: connections are not made, so a fault in making them cannot be shown.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import anyio

from kustomer_sandbox.mcp_server.model import UpstreamRequest, UpstreamResponse
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire, Wire
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.auth import digest
from kustomer_sandbox.simulator.values.http import Cut, Drop, Hang, Hold, Reply, Request


class SimulatorWire:
    """Asks a simulator for what lies at its own origin; everything else goes over `elsewhere`, a socket if left out.

    One that `answers_for_others` has the worlds of other processes, too, whatever address their accounts name: it is
    asked wherever the key is of one of its worlds, so that these processes may end.
    """

    def __init__(
        self, api: Api, *, origin: str, elsewhere: Wire | None = None, answers_for_others: bool = False
    ) -> None:
        self._answers_for_others = answers_for_others
        self._api = api
        self._origin = origin.rstrip("/")
        self._host = urlsplit(origin).netloc
        self._elsewhere = elsewhere or HttpWire()

    async def exchange(self, request: UpstreamRequest, *, timeout: float) -> UpstreamResponse:  # noqa: ASYNC109 - as `Wire` has it
        """As `Wire` says. Raises `TimeoutError` after `timeout` seconds, `ConnectionError` where a fault ends it."""
        if request.origin != self._origin and not self._is_of_others(
            request.headers.get("authorization", "").removeprefix("Bearer ")
        ):
            return await self._elsewhere.exchange(request, timeout=timeout)
        reply = self._api.handle(
            Request(
                method=request.method,
                path=request.path,
                query=request.query_string,
                headers={**request.headers, "host": self._host},
                body=request.body or b"",
            )
        )
        if reply.effect is not None:
            with anyio.fail_after(timeout):
                await _apply_fault(reply)
        return UpstreamResponse(status=reply.status, headers=dict(reply.headers), raw=reply.body)

    def answers_at_once(self, origin: str, key: str) -> bool:
        """As `Wire` says: the simulator makes nobody wait but where a fault is armed."""
        is_here = origin == self._origin or self._is_of_others(key)
        found = self._api.worlds.by_key(digest(key)) if is_here else None
        return found is not None and not found[0].faults

    def _is_of_others(self, key: str) -> bool:
        """Whether the key is of a world that another process calls its own, and this one has as well."""
        return self._answers_for_others and self._api.worlds.by_key(digest(key)) is not None

    async def aclose(self) -> None:
        await self._elsewhere.aclose()


async def _apply_fault(reply: Reply) -> None:
    """What an armed fault does to a reply on its way. Raises `ConnectionError` where none arrives whole."""
    effect = reply.effect
    if isinstance(effect, Hold):
        await anyio.sleep(effect.seconds)
    elif isinstance(effect, Hang):
        await anyio.sleep_forever()
    elif isinstance(effect, Drop) or (isinstance(effect, Cut) and effect.after < len(reply.body)):
        raise ConnectionError
