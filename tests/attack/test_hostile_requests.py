"""Hostile requests over real sockets, at every door: each is answered in the door's own form, and none is a 500.

A table for each part of a request, those of bytes in `hostile_bytes`. What is tried anew goes into one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.bounded_http import Bounds
from kustomer_sandbox.simulator.api import create_api
from tests.attack import doors
from tests.attack.doors import Answer, Door, read
from tests.attack.hostile_bytes import BODIES, FRAMINGS

CANARY = "canary-7f3a"
PATIENT = Bounds(head_seconds=1, body_seconds=1)


@pytest.fixture(scope="module", params=["up", "simulator", "mcp"])
def door(request: pytest.FixtureRequest, contracts: Contracts) -> Iterator[Door]:
    opened = {
        "up": lambda: doors.up(PATIENT),
        "simulator": lambda: doors.simulator(create_api(contracts), PATIENT),
        "mcp": lambda: doors.mcp(PATIENT),
    }
    with opened[request.param]() as door:
        yield door


@pytest.fixture(autouse=True)
def unmoved(door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """After each attack the door answers as before, and has told nothing of what was sent."""
    caplog.set_level(logging.WARNING)
    yield
    well = door.send(door.head("GET", "/v1/customers" if door.api_key else "/log"))
    assert well.status == 200
    told = caplog.text + "".join(capfd.readouterr())
    assert CANARY not in told
    assert "Traceback" not in told


def holds(answer: Answer, *, may_succeed: bool = False) -> None:
    """Whether an answer is a refusal in a door's own form that repeats nothing, or a success where there may be one."""
    if answer.status in range(200, 300):
        assert may_succeed
        return
    assert answer.status in range(400, 500), answer
    assert answer.is_refusal_of_a_door or answer.headers["content-type"].startswith("application/json"), answer
    assert CANARY.encode() not in answer.body, answer


def a_get(door: Door) -> str:
    return "/v1/customers" if door.api_key else "/log"


@pytest.mark.parametrize("framing", FRAMINGS)
def test_what_is_no_request_is_refused(door: Door, framing: str) -> None:
    """By the parser, or as what it can be read as: never without an answer, never with a 500."""
    host = f"127.0.0.1:{door.port}".encode()
    raw = FRAMINGS[framing].replace(b"/{path}", a_get(door).encode()).replace(b"{host}", host)
    answer = door.send(raw)
    if framing == "nothing but an end":
        assert answer.status == 0
    else:
        holds(answer, may_succeed=framing == "a second request that is none")


PATHS: dict[str, str] = {
    "up and out": "/../../../../etc/passwd",
    "up, encoded": "/%2e%2e/%2e%2e/etc/passwd",
    "up, encoded twice": "/%252e%252e/%252e%252e/canary-7f3a",
    "up from within": "{base}/../../canary-7f3a",
    "backslashes": "/..\\..\\windows\\win.ini",
    "doubled slashes": "//{base}//canary-7f3a",
    "a foreign host": "//canary-7f3a/{base}",
    "a path parameter": "{base};canary-7f3a=1",
    "an encoded nul": "{base}/canary-7f3a%00",
    "an encoded line end": "{base}/%0d%0aSet-Cookie:%20canary-7f3a=1",
    "an encoded slash": "{base}%2fcanary-7f3a",
    "an encoded question mark": "{base}%3Fcanary-7f3a",
    "an overlong slash": "/..%c0%af..%c0%afcanary-7f3a",
    "half a surrogate": "{base}/%ED%A0%80canary-7f3a",
    "bytes that are no text": "{base}/%ff%fe%fdcanary-7f3a",
    "an encoding cut off": "{base}/%canary-7f3a%",
    "an encoding of letters": "{base}/%zz%u0041canary-7f3a",
    "a right-to-left sign": "{base}/" + quote("\u202ecanary-7f3a"),
    "a formula": "{base}/" + quote("=cmd|' /C calc'!A0canary-7f3a"),
    "a script": "{base}/" + quote("<script>alert('canary-7f3a')</script>"),
    "SQL": "{base}/" + quote("' OR 1=1; DROP TABLE servers; -- canary-7f3a"),
    "a template": "{base}/" + quote("{{7*7}}${7*7}canary-7f3a"),
    "a format": "{base}/" + quote("%s%n%x{0.__class__}canary-7f3a"),
    "a thousand segments": "{base}" + "/canary-7f3a" * 1_000,
    "a long segment": "{base}/canary-7f3a" + "x" * 8_000,
    "a thousand ids": "{base}/" + ",".join(["a" * 24] * 300) + "canary-7f3a",
    "a fragment": "{base}#canary-7f3a",
    "an empty path": "?canary-7f3a",
    "dots": "/./././canary-7f3a",
    "another letter case": "/V1/CUSTOMERS/canary-7f3a",
    "the interpreter's own": "/__class__/__init__/canary-7f3a",
    "hidden files": "/.env?canary-7f3a",
    "another token": "/mcp/canary-7f3a",
    "a token and more": "/mcp/canary-7f3a/sse/../messages",
    "an empty token": "/mcp/?canary-7f3a",
    "a world of strange name": "/_sandbox/worlds/" + quote("../canary-7f3a\n"),
    "a world of long name": "/_sandbox/worlds/canary-7f3a" + "x" * 8_000,
}


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_where_it_should_not(door: Door, path: str) -> None:
    """Nothing is found there, and nothing of it is repeated."""
    asked = PATHS[path].replace("{base}", a_get(door))
    for method in ("GET", "POST", "DELETE"):
        holds(door.send(door.head(method, asked)), may_succeed=path in {"a fragment", "an empty path"})


HEADERS: dict[str, tuple[str, ...]] = {
    "an old cookie": ("Cookie: session=canary-7f3a",),
    "another method": ("X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE"),
    "another path": ("X-Original-URL: /_sandbox/worlds", "X-Rewrite-URL: /canary-7f3a"),
    "another scheme": ("X-Forwarded-Proto: canary-7f3a",),
    "another prefix": ("X-Forwarded-Prefix: /canary-7f3a", "X-Script-Name: /canary-7f3a"),
    "a tool that there is not": ("X-Mcp-Tool: canary-7f3a", "X-Mcp-Call: canary-7f3a"),
    "a tool of 8 kB": ("X-Mcp-Tool: canary-7f3a" + "x" * 8_000,),
    "a request id": ("X-Request-Id: canary-7f3a",),
    "a trace": ("Traceparent: canary-7f3a", "Tracestate: canary-7f3a"),
    "a user agent": ("User-Agent: \x1b[31mcanary-7f3a\x1b[0m"[:12] + "canary-7f3a",),
    "languages": ("Accept-Language: " + ",".join(f"x{number};q=0.{number}" for number in range(500)),),
    "media types": ("Accept: " + ",".join(f"a/b{number};q=0.{number}" for number in range(500)),),
    "encodings": ("Accept-Encoding: " + "gzip, " * 1_000,),
    "ranges": ("Range: bytes=" + ",".join(f"{number}-" for number in range(1_000)),),
    "conditions": ('If-None-Match: "canary-7f3a"', "If-Modified-Since: canary-7f3a"),
    "an expectation": ("Expect: canary-7f3a",),
    "a WebSocket": (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: eA==",
        "Sec-WebSocket-Version: 13",
    ),
    "HTTP/2": ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
    "hop by hop": ("Connection: close, Authorization, canary-7f3a",),
    "a protocol of MCP": ("Mcp-Protocol-Version: canary-7f3a",),
    "a session of MCP": ("Mcp-Session-Id: canary-7f3a", "Last-Event-Id: canary-7f3a"),
    "a method of MCP": ("Mcp-Method: canary-7f3a", "Mcp-Name: canary-7f3a"),
    "a proxy's key": ("Proxy-Authorization: Basic canary-7f3a",),
    "an API key elsewhere": ("X-Api-Key: canary-7f3a",),
    "signs above ASCII": ("X: \xe4\xf6\xfc\xff canary-7f3a",),
}


@pytest.mark.parametrize("headers", HEADERS)
def test_a_header_that_means_nothing_here_changes_nothing(door: Door, headers: str) -> None:
    """A read goes through as without it, and it is not told on."""
    answer = door.send(door.head("GET", a_get(door), *HEADERS[headers]))
    assert CANARY.encode() not in answer.body
    holds(answer, may_succeed=True)
    if headers != "a protocol of MCP":
        assert answer.status == 200
    if "Upgrade" in str(HEADERS[headers]):
        # None is taken, and what follows would be in no protocol that is understood.
        assert answer.headers["connection"] == "close"
    if door.mcp:
        holds(door.send(door.head("POST", door.mcp, *HEADERS[headers], "Content-Length: 2") + b"{}"))


@pytest.mark.parametrize("cut", [0, 1, 9])
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_comes_through_beside_a_wish_for_another_protocol(door: Door, framing: str, cut: int) -> None:
    """Java's client asks for HTTP/2 with every request, wherever the network cuts what it sends."""
    body = b'{"name": "Ann Ashby"}'
    framed = body if framing == "length" else b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    frame = f"Content-Length: {len(body)}" if framing == "length" else "Transfer-Encoding: chunked"
    path = door.mcp or "/v1/customers"
    head = door.head("POST", path, *HEADERS["HTTP/2"], frame, "Content-Type: application/json")
    with door.connect() as knocked:
        knocked.sendall(head + framed[:cut])
        knocked.sendall(framed[cut:] + b"GET /v1/customers HTTP/1.1\r\n\r\n")
        answer = read(knocked)
    assert answer.headers["connection"] == "close"
    assert (b"Ann Ashby" in answer.body) is not bool(door.mcp)
    assert b"required" not in answer.body


def test_a_client_may_leave_among_its_requests(door: Door) -> None:
    """The next answer would be written to nobody."""
    for _ in range(5):
        with door.connect() as knocked:
            knocked.sendall(door.head("GET", a_get(door)) * 20)
            read(knocked)


CREDENTIALS = {
    "none": "",
    "a scheme alone": "Bearer",
    "another scheme": "Basic Y2FuYXJ5LTdmM2E6eA==",
    "a scheme that is none": "canary-7f3a canary-7f3a",
    "an unknown key": "Bearer canary-7f3a",
    "a long key": "Bearer canary-7f3a" + "x" * 8_000,
    "signs above ASCII": "Bearer \xff\xfecanary-7f3a",
    "two keys": "Bearer canary-7f3a, Bearer canary-7f3a",
    "quoted": 'Bearer "canary-7f3a"',
    "a token that is signed with nothing": "Bearer eyJhbGciOiJub25lIn0.eyJvcmciOiJjYW5hcnktN2YzYSJ9.",
}


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_no_credential_but_the_right_one_is_taken(door: Door, credential: str) -> None:
    """A 401 that repeats nothing, wherever one is needed."""
    given = f"Authorization: {CREDENTIALS[credential]}".encode("latin-1")
    for path in (door.management, "/log") if door.mcp else ("/v1/customers", "/v1/nowhere"):
        lines = [given if line.startswith(b"Authorization") else line for line in door.head("GET", path).split(b"\r\n")]
        answer = door.send(b"\r\n".join(lines))
        holds(answer)
        assert answer.status == 401


@pytest.mark.parametrize("body", BODIES)
def test_no_body_is_more_than_refused(door: Door, body: str) -> None:
    """Written as what every door reads, with a length and in chunks."""
    raw = BODIES[body]
    for path in door.posts:
        for sent in (
            door.head("POST", path, f"Content-Length: {len(raw)}") + raw,
            door.head("POST", path, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(raw), raw)
            if raw
            else door.head("POST", path, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        ):
            holds(door.send(sent), may_succeed=_may_be_made(path, raw))


def _may_be_made(path: str, raw: bytes) -> bool:
    """A customer needs no field, and a message whose id cannot be one is a notification, to which nothing is said."""
    return not raw.strip() if path.startswith("/v1") else path.startswith("/mcp") and b'"id": {' in raw


KINDS = [
    "",
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=canary-7f3a",
    "application/json; charset=utf-16",
    "application/json; canary-7f3a",
    "canary-7f3a",
    "application/x-www-form-urlencoded",
    "a/b" * 2_000,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[:30] or "none")
def test_a_body_of_another_kind_is_no_way_in(door: Door, kind: str) -> None:
    """Refused, or read as JSON where a door reads nothing else."""
    for path in door.posts:
        head = door.head("POST", path, "Content-Length: 19").split(b"\r\n")
        lines = [f"Content-Type: {kind}".encode() if line.startswith(b"Content-Type") else line for line in head]
        holds(door.send(b"\r\n".join(lines) + b'{"a":"canary-7f3a"}'))


QUERIES: dict[str, str] = {
    "the same thing twice": "limit=1&limit=2&pageSize=1&pageSize=2",
    "a thousand names": "&".join(f"n{number}=canary-7f3a" for number in range(400)),
    "no names": "&&&===&&&",
    "a nul": "limit=%00",
    "a line end": "limit=%0d%0acanary-7f3a",
    "a surrogate": "limit=%ED%A0%80",
    "no text": "limit=%ff%fe",
    "an array": "limit[]=canary-7f3a&filter[x]=canary-7f3a",
    "an object": "limit={%22canary-7f3a%22:1}",
    "digits of another script": "limit=" + quote("١٢٣"),
    "a long number": "limit=" + "9" * 5_000 + "&pageSize=" + "9" * 5_000,
    "a negative number": "limit=-1&pageSize=-1&page=-1",
    "a broken number": "limit=1.5&pageSize=1e5&page=0x10",
    "SQL": "limit=" + quote("1; DROP TABLE calls"),
    "a deep name": "filter" + "[a]" * 1_000 + "=1",
    "brackets": "filter" + "[" * 2_000,
}


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_is_too_strange(door: Door, query: str) -> None:
    """Known parameters are checked, unknown ones refused or left out."""
    paths = [a_get(door)]
    paths += ["/_sandbox/worlds/empty/journal", "/v1/conversations"] if door.api_key else []
    paths += [door.management, f"/integrated-account/{door.account}/tools", "/log"] if door.mcp else []
    for path in paths:
        answer = door.send(door.head("GET", f"{path}?{QUERIES[query]}"))
        assert answer.status == 200 or len(answer.body) < 20_000
        holds(answer, may_succeed=True)


METHODS = ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "PROPFIND", "SEARCH", "PURGE", "LINK", "M-SEARCH"]


@pytest.mark.parametrize("method", METHODS)
def test_another_method_is_refused(door: Door, method: str) -> None:
    """And a trace repeats nothing of a request: it would give a page its own cookies back."""
    for path in [*door.posts, "/", "/nowhere"]:
        answer = door.send(door.head(method, path, "X: canary-7f3a", "Connection: close"))
        assert answer.status in {404, 405, 400, 200, 401, 406, 422, 501}, answer
        assert CANARY.encode() not in answer.body


def test_the_journal_holds_nothing_of_all_this(door: Door) -> None:
    """What was sent above has been told on nowhere."""
    world = "empty" if door.mcp else quote("of the doors")
    kept = f"/_sandbox/worlds/{world}/journal?limit=1000" if door.api_key else "/log"
    told = door.send(door.head("GET", kept))
    assert told.status == 200
    assert CANARY.encode() not in told.body
