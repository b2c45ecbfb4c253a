"""Tools of `up` meet the simulator in their own process as they would over a socket, faults and waiting included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import cast
from urllib.parse import quote

import anyio
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from kustomer_sandbox.app import create_sandbox
from kustomer_sandbox.mcp_server.calling.prepared import Caller
from kustomer_sandbox.mcp_server.model import UpstreamRequest, UpstreamResponse
from kustomer_sandbox.mcp_server.upstream.wire import HttpWire, Wire
from kustomer_sandbox.serving import EndableProtocol, ReadyServer, listen
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.http import Reply, Request
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
from kustomer_sandbox.transports import AsyncSimulatorTransport
from kustomer_sandbox.upstreams.wire import SimulatorWire
from tests.world_client import WorldClient, opened

pytestmark = pytest.mark.anyio

HERE = "http://127.0.0.1:8700"
TIMEOUT_SECONDS = 0.3
SOON, LATE = timedelta(milliseconds=1), timedelta(seconds=30)


class Recorder:
    """Stands in for the simulator: keeps requests, answers nothing of interest."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def handle(self, request: Request) -> Reply:
        self.asked.append(request)
        return Reply(status=204, headers=())


class Elsewhere:
    """A wire that notes which origins it was asked for."""

    def __init__(self) -> None:
        self.origins: list[str] = []
        self.is_closed = False

    async def exchange(self, request: UpstreamRequest, *, timeout: float) -> UpstreamResponse:  # noqa: ARG002, ASYNC109 - the wire's form
        self.origins.append(request.origin)
        return UpstreamResponse(status=200, headers={}, raw=b"")

    def answers_at_once(self, origin: str, key: str) -> bool:
        raise AssertionError(f"asked for {origin} with a key of {len(key)} characters")

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.fixture(scope="module")
def client(shared_api: Api) -> Iterator[WorldClient]:
    with opened(shared_api, WorldSpec(name="upstreams", plan="ultimate")) as made:
        yield made


@pytest.fixture(scope="module")
def origin(client: WorldClient) -> Iterator[str]:
    """Where the same simulator is served on a socket."""
    bound, ready = listen("127.0.0.1", 0), threading.Event()
    app = create_app(client.api)
    config = uvicorn.Config(app, http=EndableProtocol, log_level="error", timeout_graceful_shutdown=1)
    server = ReadyServer(config, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert ready.wait(20)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def asking(origin: str, key: str, path: str = "/v1/customers") -> UpstreamRequest:
    headers = {"authorization": f"Bearer {key}", "accept": "application/json"}
    return UpstreamRequest(method="GET", origin=origin, path=path, headers=headers)


async def seen(wire: Wire, request: UpstreamRequest) -> object:
    """What a tool's call meets: the class of the error, or status, type and body."""
    try:
        got = await wire.exchange(request, timeout=TIMEOUT_SECONDS)
    except (TimeoutError, ConnectionError) as error:
        return type(error)
    return got.status, got.headers["content-type"], got.raw


FAULTS: list[tuple[Fault, object]] = [
    (Status(status=503), 503),
    (RateLimited(), 429),
    (Latency(duration=SOON, clock="real"), 200),
    (Latency(duration=LATE, clock="real"), TimeoutError),
    (Latency(duration=LATE), 200),
    (Timeout(), TimeoutError),
    (ConnectionReset(), ConnectionError),
    (CutBody(after=10), ConnectionError),
    (CutBody(after=10_000_000), 200),
    (ContentType(status=502), 502),
    (LostAnswer(), ConnectionError),
    (Crash(), ConnectionError),
]


@pytest.mark.parametrize(("fault", "outcome"), FAULTS, ids=repr)
async def test_a_fault_is_the_same_to_a_tool_over_a_socket_and_in_process(
    client: WorldClient, origin: str, fault: Fault, outcome: object
) -> None:
    """What a model is told must not depend on where the tool server happens to run."""
    views = []
    for wire in (HttpWire(), SimulatorWire(client.api, origin=origin)):
        client.world.faults.arm(FaultMatch(), fault)
        views.append(await seen(wire, asking(origin, client.key)))
        await wire.aclose()
    assert views[0] == views[1]
    assert outcome in (views[0], views[0][0] if isinstance(views[0], tuple) else None)


async def test_a_delayed_reply_keeps_its_caller_waiting_and_nobody_else(client: WorldClient) -> None:
    """Somebody who armed five seconds to see what an agent does meanwhile needs them to pass."""
    wire = SimulatorWire(client.api, origin=HERE)
    client.world.faults.arm(FaultMatch(), Latency(duration=timedelta(milliseconds=50), clock="real"))
    order: list[str] = []

    async def ask(name: str) -> None:
        await wire.exchange(asking(HERE, client.key), timeout=20)
        order.append(name)

    async with anyio.create_task_group() as group:
        for name in ("delayed", "at once"):
            group.start_soon(ask, name)
    assert order == ["at once", "delayed"]


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in {".", ".."})


@given(
    segment=texts,
    query=st.lists(st.tuples(texts, texts), max_size=3),
    body=st.none() | st.binary(min_size=1),
    host=st.sampled_from(["127.0.0.1:8700", "[::1]:8700", "acme.api.kustomerapp.com"]),
)
async def test_the_simulator_reads_the_same_request_either_way(
    segment: str, query: list[tuple[str, str]], body: bytes | None, host: str
) -> None:
    """Paths and queries are encoded once, by the tools: a wire that encoded again or less would hide faults there."""
    recorder = Recorder()
    api = cast("Api", recorder)
    request = UpstreamRequest(
        method="POST",
        origin=f"http://{host}",
        path=f"/v1/customers/{quote(segment, safe='')}",
        query=tuple(query),
        headers={"authorization": "Bearer key", "content-type": "application/json"},
        body=body,
    )
    for wire in (HttpWire(AsyncSimulatorTransport(api)), SimulatorWire(api, origin=request.origin)):
        await wire.exchange(request, timeout=TIMEOUT_SECONDS)
    by_http, in_process = recorder.asked
    assert (in_process.method, in_process.path, in_process.query, in_process.body) == (
        by_http.method,
        by_http.path,
        by_http.query,
        by_http.body,
    )
    assert in_process.headers.items() <= by_http.headers.items()
    assert in_process.headers["host"] == host


async def test_only_its_own_origin_is_answered_by_the_simulator() -> None:
    """An account of another organisation must reach that organisation, or nobody."""
    recorder, elsewhere = Recorder(), Elsewhere()
    wire = SimulatorWire(cast("Api", recorder), origin=f"{HERE}/", elsewhere=elsewhere)
    for origin in (HERE, "https://acme.api.kustomerapp.com", "http://127.0.0.1:87000", f"{HERE}/v2"):
        await wire.exchange(asking(origin, "key"), timeout=TIMEOUT_SECONDS)
    await wire.aclose()
    assert len(recorder.asked) == 1
    assert elsewhere.origins == ["https://acme.api.kustomerapp.com", "http://127.0.0.1:87000", f"{HERE}/v2"]
    assert elsewhere.is_closed


async def test_the_tools_of_up_reach_its_own_world() -> None:
    """Nothing listens on the origin here: over a socket the call would fail."""
    made = create_sandbox(WorldSpec(name="demo", scenario="demo"), base_url=HERE)
    grant = made.mcp.provisioning.grant(str(made.mcp_token), made.mcp.clock.now())
    assert grant is not None
    caller = Caller(grant=grant, connection="test")
    got = await made.mcp.calls.call(caller, "kustomer_customers_using_email", {"email": "jane.doe@example.com"})
    assert (got.is_error, got.document["attributes"]["name"]) == (False, "Jane Doe")
    await made.mcp.aclose()
