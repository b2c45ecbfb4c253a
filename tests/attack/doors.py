"""Every door of the product on a port of its own, with small bounds, and raw bytes to knock with."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from kustomer_sandbox.app import create_sandbox
from kustomer_sandbox.mcp_server.bounded_http import Bounds
from kustomer_sandbox.mcp_server.host_names import HostNames
from kustomer_sandbox.mcp_server.standalone import ToolServerSettings, create, ready_line, web_server
from kustomer_sandbox.serving import behind_proxies, listen, server_of
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.asgi import Front
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.web.door import before_pages

if TYPE_CHECKING:
    import uvicorn

PATIENCE: Final = 10
"""Seconds after which a door that does not answer has failed the test."""

HEAD_BYTES: Final = 8_192
SMALL: Final = Bounds(
    head_seconds=0.3, body_seconds=0.3, send_seconds=0.3, head_bytes=HEAD_BYTES, headers=40, connections=30
)


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where a server listens and what opens it: `api_key` for `/v1`, `api_token` for management, `mcp` the path."""

    port: int
    api_key: str = ""
    api_token: str = ""
    mcp: str = ""
    account: str = ""
    server: uvicorn.Server = field(repr=False)

    @property
    def management(self) -> str:
        return f"/integrated-account/{self.account}/mcp"

    @property
    def posts(self) -> list[str]:
        """The paths that read a body."""
        found = ["/v1/customers", "/_sandbox/worlds"] if self.api_key else []
        return [*found, self.mcp, f"{self.mcp}/messages", self.management] if self.mcp else found

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def head(self, method: str, path: str, *lines: str) -> bytes:
        """A head with everything a request to this path needs to be let in."""
        key = self.api_key if path.startswith("/v1") else self.api_token
        every = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {key}"]
        every += ["Content-Type: application/json", "Accept: application/json, text/event-stream", *lines]
        return "\r\n".join([*every, "", ""]).encode("latin-1")

    def send(self, *parts: bytes) -> Answer:
        """The answer to raw bytes, whatever of them the door takes."""
        with self.connect() as knocked:
            for part in parts:
                try:
                    knocked.sendall(part)
                except OSError:
                    break
            return read(knocked)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back first; status 0 if the connection ended without an answer. `rest` is what followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    rest: bytes = b""

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def is_refusal_of_a_door(self) -> bool:
        """Whether it is an error in one of the two forms that the doors have."""
        if self.headers.get("content-type") != "application/json":
            return False
        told = self.document
        return set(told) == {"errors"} or told.get("statusCode") == self.status


def read(knocked: socket.socket) -> Answer:
    """The first answer on a connection. Raises `TimeoutError` if the door lets its client wait."""
    raw = b""
    while not _is_whole(raw):
        try:
            more = knocked.recv(65_536)
        except ConnectionError:
            break
        if not more:
            break
        raw += more
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    length = int(headers.get("content-length", len(body)))
    status = int(first.split(" ")[1]) if first else 0
    return Answer(status=status, headers=headers, body=body[:length], rest=body[length:])


def _is_whole(raw: bytes) -> bool:
    head, found, body = raw.partition(b"\r\n\r\n")
    if not found:
        return False
    lines = head.lower().split(b"\r\n")
    lengths = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")]
    if lengths:
        return len(body) >= lengths[0]
    return b"transfer-encoding: chunked" not in lines or body.endswith(b"0\r\n\r\n")


def ends(knocked: socket.socket) -> bool:
    """Whether the door ends the connection, within the test's patience."""
    try:
        while knocked.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@contextmanager
def up(bounds: Bounds = SMALL) -> Iterator[Door]:
    """API, control, management, MCP and pages on one port, as `kustomer-sandbox up` has them."""
    with listen("127.0.0.1", 0) as bound:
        base_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        names = HostNames(public_url=base_url)
        spec = WorldSpec(name="empty", scenario="empty", plan="ultimate")
        sandbox = create_sandbox(spec, base_url=base_url, names=names, is_shared=False)
        front = Front(sandbox.api, lambda: behind_proxies(sandbox.app), knows_host=names.are_called)
        with running(partial(server_of, front, bounds=bounds), bound) as server:
            yield Door(
                server=server,
                port=bound.getsockname()[1],
                api_key=sandbox.api_key,
                api_token=sandbox.api_token,
                mcp=f"/mcp/{sandbox.mcp_token}",
                account=sandbox.account_id,
            )


@contextmanager
def simulator(api: Api, bounds: Bounds = SMALL) -> Iterator[Door]:
    """The fake API alone with its control, as `kustomer-sandbox simulator` has them."""
    world = api.worlds.create(WorldSpec(name="of the doors", scenario="empty"))
    key, _ = issue_key(api.worlds, world)
    names = HostNames()
    front = Front(api, lambda: behind_proxies(before_pages(create_app(api), names)), knows_host=names.are_called)
    make = partial(server_of, front, has_lifespan=False, bounds=bounds)
    with listen("127.0.0.1", 0) as bound, running(make, bound) as server:
        yield Door(server=server, port=bound.getsockname()[1], api_key=key)
    api.worlds.drop(world.name)


@contextmanager
def mcp(bounds: Bounds = SMALL) -> Iterator[Door]:
    """The tool server alone, as `kustomer-sandbox mcp` has it, over an upstream that nobody serves."""
    settings = ToolServerSettings(upstream="http://127.0.0.1:1", key_env="A_KEY")
    server = create(settings, {"A_KEY": "a"})
    ready = ready_line(server, settings, origin="")
    make = partial(web_server, server, settings, bounds=bounds)
    with listen("127.0.0.1", 0) as bound, running(make, bound) as web:
        yield Door(
            server=web,
            port=bound.getsockname()[1],
            api_token=ready["api_token"],
            mcp=ready["mcp_url"],
            account=settings.account_id,
        )


@contextmanager
def running(make: Callable[..., uvicorn.Server], bound: socket.socket) -> Iterator[uvicorn.Server]:
    """A server in a thread while within."""
    ready = threading.Event()
    server = make(on_ready=ready.set)
    server.config.timeout_graceful_shutdown = 1
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()
