"""No client keeps a door busy by being slow, endless or many, and none that merely waits is disturbed."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, repeat
from pathlib import Path
from typing import TypeVar

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.bounded_http import Bounds
from kustomer_sandbox.mcp_server.management.edge import BODY_BYTES as MANAGEMENT_BYTES
from kustomer_sandbox.mcp_server.protocol.transports import BODY_BYTES as MCP_BYTES
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.asgi import READ_LIMIT
from kustomer_sandbox.simulator.control.bounds import BODY_BYTES as CONTROL_BYTES
from tests.attack import doors
from tests.attack.doors import HEAD_BYTES, SMALL, Answer, Door, ends, read

Told = TypeVar("Told")
BODIES = {"with a length": "Content-Length: 900", "in chunks": "Transfer-Encoding: chunked"}
BEGUN = {"with a length": b"{", "in chunks": b"9\r\n{"}


@pytest.fixture(scope="module", params=["up", "simulator", "mcp"])
def door(request: pytest.FixtureRequest, contracts: Contracts) -> Iterator[Door]:
    opened = {"up": doors.up, "simulator": lambda: doors.simulator(create_api(contracts)), "mcp": doors.mcp}
    with opened[request.param]() as door:
        yield door


@pytest.fixture(scope="module")
def whole() -> Iterator[Door]:
    """The door with everything behind it."""
    with doors.up() as door:
        yield door


def drip(knocked: socket.socket, data: Iterator[int]) -> Answer:
    """Send byte after byte, a few dozen a second, until the door answers or ends the connection."""
    answered = threading.Event()
    slower = threading.Event()

    def on() -> None:
        while not answered.is_set():
            slower.wait(0.02)
            try:
                knocked.sendall(bytes([next(data)]))
            except (OSError, StopIteration):
                return

    thread = threading.Thread(target=on)
    thread.start()
    try:
        return read(knocked)
    finally:
        answered.set()
        thread.join()


def at_once(send: Callable[[str], Told], paths: list[str]) -> list[Told]:
    """What each path answers, all knocked at together: their time is waited for once."""
    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(send, paths))


def test_a_head_that_comes_byte_by_byte_is_ended(door: Door) -> None:
    """Each byte ended uvicorn's own timeout, so that one client could hold a connection for ever."""

    def send(path: str) -> tuple[int, bool, bool]:
        with door.connect() as knocked:
            answer = drip(knocked, iter(door.head("GET", path) * 99))
            return answer.status, answer.is_refusal_of_a_door, ends(knocked)

    assert set(at_once(send, [*door.posts, "/", "/nowhere"])) == {(408, True, True)}


@pytest.mark.parametrize("begun", [b"", b"\r\n", b"\r\n\r\n\r\n"], ids=["nothing", "a line", "lines"])
def test_a_connection_without_a_request_ends(door: Door, begun: bytes) -> None:
    """Browsers open some on suspicion: they are not told off."""
    assert door.send(begun).status == 0


def test_empty_lines_do_not_hold_a_connection(door: Door) -> None:
    """They may stand before a request, and began none that could be too slow."""
    with door.connect() as knocked:
        assert drip(knocked, cycle(b"\r\n")).status == 0


@pytest.mark.parametrize("how", BODIES)
def test_a_body_that_stalls_is_ended_in_the_form_of_what_was_called(door: Door, how: str) -> None:
    """Every door reads bodies whole before it does anything."""

    def send(path: str) -> tuple[int, bool, bool]:
        with door.connect() as knocked:
            knocked.sendall(door.head("POST", path, BODIES[how]) + BEGUN[how])
            answer = read(knocked)
            wanted = "errors" if path.startswith(("/v1", "/_sandbox")) else "statusCode"
            return answer.status, wanted in answer.document, ends(knocked)

    assert set(at_once(send, door.posts)) == {(408, True, True)}


def test_a_body_that_comes_byte_by_byte_is_ended(door: Door) -> None:
    """However long it goes on, the time is for all of it."""

    def send(path: str) -> int:
        with door.connect() as knocked:
            knocked.sendall(door.head("POST", path, "Content-Length: 9000"))
            return drip(knocked, repeat(32)).status

    assert set(at_once(send, door.posts)) == {408}


def test_a_body_that_nobody_wants_any_more_is_ended(whole: Door) -> None:
    """Answered long ago, its sender could still hold the connection."""
    with whole.connect() as knocked:
        knocked.sendall(whole.head("POST", "/mcp/unknown", "Content-Length: 9000"))
        assert read(knocked).status == 401
        assert drip(knocked, repeat(32)).status == 0


LARGE: dict[str, tuple[int, Callable[[Door, str], bytes]]] = {
    "a URL": (414, lambda door, path: door.head("GET", path + "?" + "x" * HEAD_BYTES)),
    "a URL without an end": (414, lambda _, path: f"GET {path}{'x' * 300_000}".encode()),
    "a header": (431, lambda door, path: door.head("GET", path, f"X: {'y' * HEAD_BYTES}")),
    "a header without an end": (431, lambda door, path: door.head("GET", path, "X: " + "y" * 300_000)[:-4]),
    "many headers": (431, lambda door, path: door.head("GET", path, *[f"X{n}: y" for n in range(SMALL.headers)])),
    "many trailers": (
        431,
        lambda door, path: door.head("POST", path, "Transfer-Encoding: chunked") + b"0\r\n" + b"x: 1\r\n" * 99,
    ),
    "a chunk's extension": (
        431,
        lambda door, path: door.head("POST", path, "Transfer-Encoding: chunked") + b"1;" + b"x" * 300_000,
    ),
}


@pytest.mark.parametrize("large", LARGE)
def test_a_head_is_read_no_further_than_its_bound(door: Door, large: str) -> None:
    """It is kept in memory until it is whole."""
    status, made = LARGE[large]

    def send(path: str) -> tuple[int, bool]:
        answer = door.send(made(door, path))
        return answer.status, answer.is_refusal_of_a_door

    assert set(at_once(send, door.posts)) == {(status, True)}


def test_a_head_just_within_its_bounds_is_read(door: Door) -> None:
    """The body that comes with it counts for itself, and a body may come in the smallest of chunks."""
    path = door.posts[-1]
    body = json.dumps({"name": "y" * 30_000}).encode()
    lines = ["X: " + "y" * (HEAD_BYTES - 1000), f"Content-Length: {len(body)}"]
    assert door.send(door.head("POST", path, *lines) + body).status == 400
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    answer = door.send(door.head("POST", path, "Transfer-Encoding: chunked") + pieces + b"0\r\n\r\n")
    assert answer.status == 400
    assert "name" in answer.body.decode()


def test_a_body_may_be_larger_than_a_head(door: Door) -> None:
    """In parts, of which each is read by itself."""
    path, body = door.posts[-1], json.dumps({"name": "y" * 30_000}).encode()
    with door.connect() as knocked:
        knocked.sendall(door.head("POST", path, f"Content-Length: {len(body)}") + body[:20_000])
        knocked.settimeout(SMALL.body_seconds / 3)
        with pytest.raises(TimeoutError):
            knocked.recv(1)
        knocked.sendall(body[20_000:])
        knocked.settimeout(doors.PATIENCE)
        assert read(knocked).status == 400


def test_a_trailer_is_no_header(whole: Door) -> None:
    """A proxy that takes headers away, or adds its own, does not look at what follows a body."""
    for name, value in {"authorization": f"Bearer {whole.api_key}", "x-forwarded-for": "203.0.113.9"}.items():
        head = whole.head("POST", "/v1/customers" if name == "authorization" else "/_sandbox/worlds/empty/reset")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"authorization")]
        sent = b"\r\n".join([*lines[:-2], b"Transfer-Encoding: chunked", b"", b"2\r\n{}\r\n0"])
        answer = whole.send(sent + f"\r\n{name}: {value}\r\n\r\n".encode())
        assert answer.status == (401 if name == "authorization" else 200)


def test_so_many_connections_and_no_more(contracts: Contracts) -> None:
    """Each takes memory and a file descriptor; those that are there go on."""
    with doors.simulator(create_api(contracts)) as door, ExitStack() as held:
        get = door.head("GET", "/v1/customers")
        kept = [held.enter_context(door.connect()) for _ in range(SMALL.connections)]
        for knocked in kept:
            knocked.sendall(get)
            assert read(knocked).status == 200
        answer = door.send(get)
        assert (answer.status, answer.is_refusal_of_a_door) == (503, True)
        kept[0].sendall(get)
        assert read(kept[0]).status == 200
        kept[0].close()
        _until(lambda: len(door.server.server_state.connections) < SMALL.connections)
        assert door.send(get).status == 200


def test_who_does_not_read_is_disconnected(whole: Door) -> None:
    """What was written for a client would lie here as long as it likes."""
    before = len(whole.server.server_state.connections)
    with whole.connect() as knocked:
        knocked.settimeout(0.2)
        try:
            while True:
                knocked.sendall(whole.head("GET", "/openapi.json"))
        except OSError:
            _until(lambda: len(whole.server.server_state.connections) <= before)


def _until(holds: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if holds():
            return
        waiting.wait(0.05)
    pytest.fail("it never came to hold")


def test_one_connection_serves_one_request_after_the_other(door: Door) -> None:
    """Alone, and sent at once before the first is answered."""
    get = door.head("GET", "/v1/customers" if door.api_key else "/log")
    with door.connect() as knocked:
        for _ in range(3):
            knocked.sendall(get)
            assert read(knocked).status == 200
        knocked.sendall(get * 3)
        answer = read(knocked)
        while answer.rest.count(b"HTTP/1.1 200 OK") < 2:
            more = knocked.recv(65_536)
            assert more
            answer = Answer(status=200, headers={}, body=b"", rest=answer.rest + more)


def test_an_answer_may_take_longer_than_a_client(whole: Door) -> None:
    """A long call, with the next request begun behind it: the time of neither is the client's."""
    fault = {"fault": {"kind": "latency", "duration": "PT1S", "clock": "real"}}
    body = json.dumps(fault).encode()
    armed = whole.send(whole.head("POST", "/_sandbox/worlds/empty/faults", f"Content-Length: {len(body)}") + body)
    assert armed.status == 201
    get = whole.head("GET", "/v1/customers")
    with whole.connect() as knocked:
        knocked.sendall(get + get[:20])
        assert read(knocked).status == 200
        knocked.sendall(get[20:])
        assert read(knocked).status == 200


def test_an_event_stream_stays_open_for_longer_than_a_head(whole: Door) -> None:
    """Its client has said all it had to say."""
    with whole.connect() as stream:
        stream.sendall(whole.head("GET", f"{whole.mcp}/sse"))
        told = b""
        while b"endpoint" not in told or b"\r\n\r\n" not in told.partition(b"endpoint")[2]:
            told += stream.recv(65_536)
        stream.settimeout(3 * SMALL.body_seconds)
        with pytest.raises(TimeoutError):
            stream.recv(1)
        path = next(line[6:] for line in told.decode().splitlines() if line.startswith("data: /"))
        ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
        stream.settimeout(doors.PATIENCE)
        assert whole.send(whole.head("POST", path, f"Content-Length: {len(ping)}") + ping).status == 202
        assert b'"id":1' in stream.recv(65_536)


def test_the_documents_tell_the_bounds_there_are() -> None:
    """An operator plans by them."""
    rows = (Path(__file__).parents[2] / "docs" / "errors.md").read_text().partition("## Before the API")[2]
    told = [int(found.replace(",", "")) for found in re.findall(r"^\|[^|]*\| ([\d,]+)", rows, re.MULTILINE)]
    usual = Bounds()
    assert told == [
        *(usual.head_seconds, usual.body_seconds, usual.head_seconds, usual.send_seconds),
        *(usual.head_bytes, usual.headers, usual.connections),
        *(READ_LIMIT, CONTROL_BYTES, MANAGEMENT_BYTES, MCP_BYTES),
    ]
