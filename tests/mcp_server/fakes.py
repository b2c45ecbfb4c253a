"""What stands in for the outside: an upstream of a few records, a clock that moves by hand, counted randomness."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import anyio
import httpx

from kustomer_sandbox.mcp_server.model import JSON

JANE = "5f8a9b0c1d2e3f4a5b6c7d8e"
JOHN = "5f8a9b0c1d2e3f4a5b6c7d8f"
EMAILS = {JANE: "jane.doe@example.com", JOHN: "john.roe@example.com"}
KEY = "upstream-key-canary"
PHONE = "+14155550100"
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
"""What a request of the newest protocol era carries in `_meta`."""


class HandClock:
    """Stands still until `advance`; sleepers wake when their time has come."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
        self._moved = anyio.Event()

    def now(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = anyio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.instant + timedelta(seconds=seconds)
        while self.instant < until:
            await self._moved.wait()


class Counted:
    """Random text that is the same in every run: a hash of a counter."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, size: int) -> str:
        self.count += 1
        return hashlib.sha512(str(self.count).encode()).hexdigest()[: 2 * size]


@dataclass
class FakeUpstream:
    """A small stateful upstream. `script` overrides it: each entry answers (or breaks) one request."""

    requests: list[httpx.Request] = field(default_factory=list)
    open_windows: set[str] = field(default_factory=set)
    script: list[Callable[[httpx.Request], httpx.Response]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=lambda: {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "9"})
    failing_deletes: int = 0
    no_window: threading.Event = field(default_factory=threading.Event)
    customers: int = 3

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.script:
            return self.script.pop(0)(request)
        return self.as_usual(request)

    def as_usual(self, request: httpx.Request) -> httpx.Response:
        """The answer without the script."""
        path = unquote(request.url.raw_path.decode().partition("?")[0])
        if path.endswith("/unmasking-windows"):
            return self._window(request, path.split("/")[3])
        if path == "/v1/customers" and request.method == "GET":
            return self._list(request)
        if path == "/v1/customers/search":
            return self._list(request)
        for customer in (JANE, JOHN):
            if path in {f"/v1/customers/{customer}", f"/v1/customers/email={EMAILS[customer]}"}:
                return self.reply(200, {"data": self.customer(customer)})
        return self.reply(404, {"errors": [{"code": "not_found", "message": "No such record."}]})

    def customer(self, customer: str = JANE) -> dict[str, Any]:
        phone = PHONE if customer in self.open_windows else "***"
        return {"type": "customer", "id": customer, "attributes": {"phones": [{"phone": phone}]}}

    def reply(self, status: int, body: JSON = None, **headers: str) -> httpx.Response:
        content = b"" if body is None else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers={**self.headers, **headers})

    def sent(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    def _window(self, request: httpx.Request, customer: str) -> httpx.Response:
        if request.method == "DELETE":
            if self.failing_deletes:
                self.failing_deletes -= 1
                return self.reply(500, {"errors": [{"code": "internal_error", "message": "Try later."}]})
            self.open_windows.discard(customer)
            self.no_window.set()
            return self.reply(204)
        self.open_windows.add(customer)
        self.no_window.clear()
        return self.reply(201, {"data": self.customer(customer)})

    def _list(self, request: httpx.Request) -> httpx.Response:
        page, size = int(request.url.params["page"]), int(request.url.params["pageSize"])
        every = [{"type": "customer", "id": f"{n:024x}", "attributes": {"n": n}} for n in range(self.customers)]
        shown = every[(page - 1) * size : page * size]
        more = page * size < self.customers
        link = f"/v1/customers?page={page + 1}&pageSize={size}" if more else None
        meta = {"page": page, "pageSize": size, "total": self.customers}
        return self.reply(200, {"data": shown, "meta": meta, "links": {"next": link}})
