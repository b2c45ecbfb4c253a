"""Faults on the wire: a client sees the same, whether it calls over a socket or in process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import anyio
import httpx
import pytest
import uvicorn

from kustomer_sandbox.serving import EndableProtocol, ReadyServer, listen
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import ApiRoute, create_app
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.faults import (
    ConnectionReset,
    ContentType,
    Crash,
    CutBody,
    Fault,
    FaultMatch,
    Latency,
    LostAnswer,
    RateLimited,
    Status,
    Timeout,
)
from kustomer_sandbox.transports import AsyncSimulatorTransport, SimulatorTransport
from tests.world_client import WorldClient, opened

PATIENCE = httpx.Timeout(5, read=0.3)
SOON, LATE = timedelta(milliseconds=1), timedelta(seconds=30)
Get = Callable[[], httpx.Response]


@pytest.fixture(scope="module")
def client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="wire", plan="ultimate")) as made:
        yield made


@pytest.fixture(scope="module")
def socket(client: WorldClient) -> Iterator[Get]:
    """GET of the customers over a socket."""
    bound, ready = listen("127.0.0.1", 0), threading.Event()
    config = uvicorn.Config(
        create_app(client.api), http=EndableProtocol, log_level="error", timeout_graceful_shutdown=1
    )
    server = ReadyServer(config, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert ready.wait(20)
    headers = {"authorization": f"Bearer {client.key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}", headers=headers, timeout=PATIENCE) as http:
        yield lambda: http.get("/v1/customers")
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def in_process(client: WorldClient) -> Iterator[Get]:
    """The same without a socket."""
    headers = {"authorization": f"Bearer {client.key}"}
    with httpx.Client(
        base_url="http://sandbox", headers=headers, timeout=PATIENCE, transport=SimulatorTransport(client.api)
    ) as http:
        yield lambda: http.get("/v1/customers")


def seen(get: Get) -> object:
    """What a client sees: the class of the error, or status, type and body."""
    try:
        response = get()
    except httpx.HTTPError as error:
        return type(error)
    return response.status_code, response.headers["content-type"], response.content


CASES: list[tuple[Fault, object]] = [
    (Status(status=503), 503),
    (RateLimited(), 429),
    (Latency(duration=SOON, clock="real"), 200),
    (Latency(duration=LATE, clock="real"), httpx.ReadTimeout),
    (Latency(duration=LATE), 200),
    (Timeout(), httpx.ReadTimeout),
    (ConnectionReset(), httpx.ReadError),
    (CutBody(after=10), httpx.RemoteProtocolError),
    (CutBody(), httpx.RemoteProtocolError),
    (CutBody(after=10_000_000), 200),
    (ContentType(status=502), 502),
    (LostAnswer(), httpx.RemoteProtocolError),
    (Crash(), httpx.RemoteProtocolError),
]


@pytest.mark.parametrize(("fault", "outcome"), CASES, ids=repr)
def test_a_fault_looks_the_same_over_a_socket_and_in_process(
    client: WorldClient, socket: Get, in_process: Get, fault: Fault, outcome: object
) -> None:
    """Tests in process stand for what happens in the field; the next call is served over either."""
    views = []
    for get in (socket, in_process):
        client.world.faults.arm(FaultMatch(), fault)
        views.append(seen(get))
        assert get().status_code == 200
    assert views[0] == views[1]
    assert outcome in (views[0], views[0][0] if isinstance(views[0], tuple) else None)


@pytest.mark.parametrize(("fault", "outcome"), CASES, ids=repr)
async def test_a_fault_looks_the_same_to_an_async_client(client: WorldClient, fault: Fault, outcome: object) -> None:
    """One set of exceptions, whatever the client."""
    headers = {"authorization": f"Bearer {client.key}"}
    client.world.faults.arm(FaultMatch(), fault)
    transport = AsyncSimulatorTransport(client.api)
    async with httpx.AsyncClient(
        base_url="http://sandbox", headers=headers, timeout=PATIENCE, transport=transport
    ) as http:
        if isinstance(outcome, int):
            assert (await http.get("/v1/customers")).status_code == outcome
        else:
            with pytest.raises(outcome):  # type: ignore[call-overload]
                await http.get("/v1/customers")


def test_a_client_without_a_read_timeout_need_not_wait_in_process(client: WorldClient) -> None:
    """Held answers come at once; one that never comes is still a time-out, else the test would hang."""
    headers = {"authorization": f"Bearer {client.key}"}
    transport = SimulatorTransport(client.api)
    with httpx.Client(
        base_url="http://sandbox", headers=headers, timeout=httpx.Timeout(None), transport=transport
    ) as http:
        client.world.faults.arm(FaultMatch(), Latency(duration=LATE, clock="real"))
        assert http.get("/v1/customers").status_code == 200
        client.world.faults.arm(FaultMatch(), Timeout())
        with pytest.raises(httpx.ReadTimeout):
            http.get("/v1/customers")


def test_a_server_that_cannot_end_a_connection_says_so(client: WorldClient) -> None:
    """Under another server a fault must not pass for an ordinary answer."""
    client.world.faults.arm(FaultMatch(), ConnectionReset())
    headers = [(b"authorization", f"Bearer {client.key}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/v1/customers", "query_string": b"", "headers": headers}

    async def ask() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: object) -> None:
            raise NotImplementedError

        await ApiRoute(client.api).handle(scope, receive, send)

    with pytest.raises(ConnectionResetError):
        anyio.run(ask)
