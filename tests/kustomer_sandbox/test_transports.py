"""The in-process transports are indistinguishable from a socket: status, headers and bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.serving import ReadyServer, listen
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.transports import AsyncSimulatorTransport, SimulatorTransport

CUSTOMERS = "/v1/customers"
PLAN = WorldSpec(name="twin", plan="professional")
HOST = "127.0.0.1"
WAIT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request. `made` in the path stands for the id of the customer made first."""

    method: str = "GET"
    path: str = CUSTOMERS
    body: bytes | None = None
    key: str | None = None
    times: int = 1


CALLS = {
    "a list": Call(),
    "a record": Call(path=f"{CUSTOMERS}/made"),
    "a creation": Call(method="POST", body=b'{"name": "J\xc3\xb6rg \xf0\x9f\x99\x82"}'),
    "a change": Call(method="PUT", path=f"{CUSTOMERS}/made", body=b'{"name": "B"}'),
    "a 204": Call(method="DELETE", path=f"{CUSTOMERS}/made"),
    "a look-up": Call(path=f"{CUSTOMERS}/email=j%C3%B6rg%2Fx%40example.com"),
    "a query": Call(path=f"{CUSTOMERS}?pageSize=1&page=1"),
    "an odd query": Call(path=f"{CUSTOMERS}?a=%FF&b=%2B+c&%"),
    "an unknown path": Call(path="/v1/no%2Fsuch/../thing"),
    "another method": Call(method="PATCH"),
    "a HEAD": Call(method="HEAD"),
    "an OPTIONS": Call(method="OPTIONS"),
    "a bad body": Call(method="POST", body=b"\xff"),
    "an unknown field": Call(method="POST", body=b'{"nickname": "A"}'),
    "a large body": Call(method="POST", body=b" " * 200_000),
    "a very large body": Call(method="POST", body=b" " * 2_000_000),
    "no key": Call(key=""),
    "an unknown key": Call(key="unknown"),
    "a used-up budget": Call(times=301),
}


def prepared(contracts: Contracts) -> tuple[Api, str, str]:
    """A simulator with one world and one customer, its key and the customer's id."""
    api = create_api(contracts)
    key, _ = issue_key(api.worlds, api.worlds.create(PLAN))
    with httpx.Client(transport=SimulatorTransport(api), base_url="http://kustomer") as client:
        made = client.post(CUSTOMERS, json={"name": "A"}, headers={"authorization": f"Bearer {key}"}).json()
    return api, key, made["data"]["id"]


@dataclass(frozen=True)
class Twins:
    """Two simulators in the same state: one behind a socket, one to be called in process."""

    served: Api
    local: Api
    key: str
    made: str
    base_url: str

    def request(self, call: Call) -> httpx.Request:
        key = self.key if call.key is None else call.key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        url = self.base_url + call.path.replace("made", self.made)
        return httpx.Request(call.method, url, headers=headers, content=call.body)


@pytest.fixture
def twins(contracts: Contracts) -> Iterator[Twins]:
    """The served one runs in a thread of its own, as a user's would in a process of its own."""
    served, key, made = prepared(contracts)
    bound, ready = listen(HOST, 0), threading.Event()
    config = uvicorn.Config(
        create_app(served), access_log=False, date_header=False, server_header=False, log_level="error"
    )
    server = ReadyServer(config, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert ready.wait(WAIT_SECONDS)
    yield Twins(served, prepared(contracts)[0], key, made, f"http://{HOST}:{bound.getsockname()[1]}")
    server.should_exit = True
    thread.join(WAIT_SECONDS)


def told(response: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that a caller can see of a response; headers without their order."""
    return response.status_code, sorted(response.headers.multi_items()), response.content


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_sync_client_sees_what_a_socket_would_show(twins: Twins, call: Call) -> None:
    """A test that runs in process must not pass where the same over a socket would fail."""
    with httpx.Client() as socket, httpx.Client(transport=SimulatorTransport(twins.local)) as local:
        for _ in range(call.times):
            assert told(local.send(twins.request(call))) == told(socket.send(twins.request(call)))


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_an_async_client_sees_what_a_socket_would_show(twins: Twins, call: Call) -> None:
    """The same for async clients, which the tool server is one of."""
    transport = AsyncSimulatorTransport(twins.local)
    async with httpx.AsyncClient() as socket, httpx.AsyncClient(transport=transport) as local:
        for _ in range(call.times):
            assert told(await local.send(twins.request(call))) == told(await socket.send(twins.request(call)))


def test_a_body_sent_in_pieces_is_read_whole(twins: Twins) -> None:
    """A generator as content is sent chunked over a socket, without a length."""
    headers = {"authorization": f"Bearer {twins.key}"}
    with httpx.Client() as socket, httpx.Client(transport=SimulatorTransport(twins.local)) as local:
        answers = [
            client.post(twins.base_url + CUSTOMERS, headers=headers, content=iter([b'{"na', b'me": "C"}']))
            for client in (local, socket)
        ]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 201
