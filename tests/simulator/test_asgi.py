"""The ASGI route: what arrives in pieces is read whole, and what leaves is framed rightly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson
import pytest
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import ApiRoute
from kustomer_sandbox.simulator.asgi import READ_LIMIT, Front, request_of
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from tests.world_client import WorldClient, opened

CUSTOMERS = "/v1/customers"


@pytest.fixture
def client(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name=request.node.nodeid)) as made:
        yield made


def scope(client: WorldClient, method: str, path: str, query: bytes = b"") -> Scope:
    headers = [(b"authorization", f"Bearer {client.key}".encode())]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": headers,
    }


def chunks(*parts: bytes) -> list[Message]:
    """A body in pieces."""
    return [
        {"type": "http.request", "body": part, "more_body": place < len(parts)} for place, part in enumerate(parts, 1)
    ]


async def run(client: WorldClient, asked: Scope, messages: Iterable[Message]) -> list[Message]:
    """What the route sends for these messages."""
    sent: list[Message] = []
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    async def send(message: Message) -> None:
        sent.append(message)

    await ApiRoute(client.api).handle(asked, receive, send)
    return sent


def headers_of(sent: list[Message]) -> dict[bytes, bytes]:
    return dict(sent[0]["headers"])


@pytest.mark.parametrize(
    "parts",
    [
        (b'{"name": "A"}',),
        (b'{"na', b'me": "', b"", b'A"}'),
        (b"", b'{"name": "A"}', b""),
        tuple(bytes([byte]) for byte in b'{"name": "A"}'),
    ],
)
async def test_a_body_is_read_whole_however_it_is_cut(client: WorldClient, parts: tuple[bytes, ...]) -> None:
    """Chunks are the transport's affair."""
    sent = await run(client, scope(client, "POST", CUSTOMERS), chunks(*parts))
    assert sent[0]["status"] == 201
    assert client.get(CUSTOMERS).data[0]["attributes"]["name"] == "A"


async def test_a_reply_tells_the_length_of_its_body(client: WorldClient) -> None:
    """A client of a kept connection must know where the body ends."""
    start, body = await run(client, scope(client, "GET", CUSTOMERS), chunks(b""))
    assert (start["type"], start["status"], body["type"]) == ("http.response.start", 200, "http.response.body")
    names = [name for name, _ in start["headers"]]
    assert len(set(names)) == len(names)
    assert headers_of([start])[b"content-length"] == str(len(body["body"])).encode()
    assert headers_of([start])[b"content-type"] == b"application/json"


async def test_a_204_has_neither_body_nor_length(client: WorldClient) -> None:
    """RFC 9110 forbids both."""
    path = f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': 'A'}).data['id']}"
    start, body = await run(client, scope(client, "DELETE", path), chunks(b""))
    assert (start["status"], body["body"]) == (204, b"")
    assert {b"content-length", b"content-type"}.isdisjoint(headers_of([start]))


async def test_a_client_that_leaves_before_its_body_ends_changes_nothing(client: WorldClient) -> None:
    """Half a request is none: it must not be carried out with half a body, or an empty one."""
    path = f"{CUSTOMERS}/{client.post(CUSTOMERS, {'name': 'A'}).data['id']}"
    gone: Message = {"type": "http.disconnect"}
    half = {"type": "http.request", "body": b"{}", "more_body": True}
    assert await run(client, scope(client, "POST", f"{path}/unmasking-windows"), [half, gone]) == []
    assert await run(client, scope(client, "DELETE", path), [gone]) == []
    assert client.get(path).status == 200
    assert client.world.store.find("unmasking_window", "id") == []


@pytest.mark.parametrize("parts", [(READ_LIMIT + 1,), (READ_LIMIT, 1, 0), (400_000,) * 5, (100_001,)])
async def test_a_body_beyond_all_limits_is_drained_and_refused(client: WorldClient, parts: tuple[int, ...]) -> None:
    """The client hears the answer only after it has sent all; no more than needed is kept of it."""
    left = iter(chunks(*(b"x" * size for size in parts)))
    start, body = await run(client, scope(client, "POST", CUSTOMERS), left)
    assert (start["status"], next(left, None)) == (413, None)
    assert b"payload_too_large" in body["body"]
    assert client.world.journal.entries[-1].status == 413


def test_the_path_is_taken_undecoded(client: WorldClient) -> None:
    """Decoding before routing would let `%2F` change the endpoint; `path` is what is left without `raw_path`."""
    asked = scope(client, "GET", "/v1/customers/email=a%2Fb", b"a=%20")
    asked["path"] = "/v1/customers/email=a/b"
    request = request_of(asked, b"")
    assert (request.method, request.path, request.query) == ("GET", "/v1/customers/email=a%2Fb", "a=%20")
    assert request_of({**asked, "raw_path": None}, b"").path == "/v1/customers/email=a/b"
    assert request_of({**asked, "raw_path": b"/v1/customers?x=1"}, b"").path == "/v1/customers"


@pytest.mark.parametrize(
    ("kind", "path", "mine"),
    [
        ("http", "/v1", True),
        ("http", "/v1/", True),
        ("http", "/v1/no-such-thing", True),
        ("http", "/v10", False),
        ("http", "/v2/conversations/0123456789abcdef01234567/times", True),
        ("http", "/v2.1/chat/sessions", True),
        ("http", "/p/v3/kb/articles", True),
        ("http", "/p/v30/kb/articles", False),
        ("http", "/_sandbox/worlds", False),
        ("http", "/", False),
        ("websocket", "/v1/customers", False),
    ],
)
def test_the_route_answers_for_all_below_its_prefix(shared_api: Api, kind: str, path: str, *, mine: bool) -> None:
    """Unknown paths too get the API's own 404, after the API's own 401."""
    match, _ = ApiRoute(shared_api).matches({"type": kind, "path": path})
    assert match == (Match.FULL if mine else Match.NONE)


async def test_the_front_answers_the_api_itself_and_makes_the_rest_once(client: WorldClient) -> None:
    """A start must not wait for what few calls need, and must not make it twice."""
    made: list[str] = []
    reached: list[str] = []

    async def others(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope["path"])

    def make() -> ASGIApp:
        made.append("others")
        return others

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(_message: Message) -> None:
        return None

    front = Front(client.api, make)
    for path in ("/v1/customers", "/docs", "/v1x", "/v1"):
        await front({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)
    assert (made, reached) == (["others"], ["/docs", "/v1x"])


async def test_a_server_takes_files_of_many_megabytes(client: WorldClient) -> None:
    """The API's own limit of a body does not hold for files; the form leads to the host and scheme that were called."""
    size = 3 * READ_LIMIT
    facts = orjson.dumps({"name": "film.mp4", "contentType": "video/mp4", "contentLength": size})
    asked = scope(client, "POST", "/v1/attachments")
    asked["headers"].append((b"host", b"127.0.0.1:8000"))
    sent = await run(client, asked, chunks(facts))
    answer = orjson.loads(sent[1]["body"])
    form = answer["meta"]["upload"]
    assert form["url"].startswith("http://127.0.0.1:8000/_files/")
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    ]
    head = "".join([*parts, '--x\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n']).encode()
    upload = scope(client, "POST", form["url"].removeprefix("http://127.0.0.1:8000"))
    upload["headers"] = [(b"content-type", b"multipart/form-data; boundary=x")]

    (start, _) = await run(client, upload, chunks(head, *[b"x" * READ_LIMIT] * 3, b"\r\n--x--\r\n"))

    assert start["status"] == 204
    assert client.get(f"/v1/attachments/{answer['data']['id']}").attributes["uploaded"] is True
