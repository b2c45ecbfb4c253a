"""Code with a hard-wired address, whichever HTTP client it uses, is led into the test's world."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from kustomer_sandbox import Kustomer, KustomerEverywhere

HOSTS = [
    "api.kustomerapp.com",
    "acme.api.kustomerapp.com",
    "api.prod2.kustomerapp.com",
    "api.prod4.kustomerapp.com",
    "acme.api.prod2.kustomerapp.com",
    "API.Kustomerapp.com",
]
TEAMS = "https://api.kustomerapp.com/v1/teams"


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def by_requests(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    answer = requests.request(method, url, data=body, headers=headers, timeout=5)
    return Answer(answer.status_code, answer.headers, answer.content)


def by_urllib3(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    answer = urllib3.PoolManager(retries=False).request(method, url, body=body, headers=headers, timeout=5)
    return Answer(answer.status, answer.headers, answer.data)


def by_urllib(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, dict(refused.headers), refused.read())


def by_httpx(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    answer = httpx.request(method, url, content=body, headers=headers)
    return Answer(answer.status_code, answer.headers, answer.content)


def by_httpx2(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    answer = httpx2.request(method, url, content=body, headers=headers)
    return Answer(answer.status_code, answer.headers, answer.content)


def by_async_httpx(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    async def call() -> Answer:
        async with httpx.AsyncClient() as client:
            answer = await client.request(method, url, content=body, headers=headers)
        return Answer(answer.status_code, answer.headers, answer.content)

    return asyncio.run(call())


def by_async_httpx2(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    async def call() -> Answer:
        async with httpx2.AsyncClient() as client:
            answer = await client.request(method, url, content=body, headers=headers)
        return Answer(answer.status_code, answer.headers, answer.content)

    return asyncio.run(call())


def by_aiohttp(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    async def call() -> Answer:
        limit = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(timeout=limit) as client,
            client.request(method, url, data=body, headers=headers) as answer,
        ):
            return Answer(answer.status, answer.headers, await answer.read())

    return asyncio.run(call())


Way = Callable[..., Answer]
WAYS = [
    pytest.param(way, id=way.__name__)
    for way in (by_requests, by_urllib3, by_urllib, by_httpx, by_httpx2, by_async_httpx, by_async_httpx2, by_aiohttp)
]
every_client = pytest.mark.parametrize("way", WAYS)


def signed(kustomer: Kustomer) -> dict[str, str]:
    return {"Authorization": f"Bearer {kustomer.api_key}", "Content-Type": "application/json"}


@every_client
def test_every_client_reads_and_writes_the_same_world(
    way: Way, kustomer: Kustomer, kustomer_everywhere: KustomerEverywhere
) -> None:
    """What one has written the other reads; bodies, headers and refusals arrive as they were sent."""
    made = way("POST", "https://api.kustomerapp.com/v1/customers", b'{"name": "Ann \xc3\xa4"}', **signed(kustomer))
    assert made.status == 201
    assert made.headers["content-type"].startswith("application/json")
    id = json.loads(made.body)["data"]["id"]
    assert kustomer.client().get(f"/v1/customers/{id}").json()["data"]["attributes"]["name"] == "Ann ä"
    refused = way("POST", "https://api.kustomerapp.com/v1/customers", b'{"name": 5}', **signed(kustomer))
    assert (refused.status, b"/name must be" in refused.body) == (400, True)
    assert sum(kustomer_everywhere.calls.values()) == 2


@every_client
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.usefixtures("kustomer_everywhere")
def test_every_region_and_organisation_leads_to_the_world(way: Way, host: str, kustomer: Kustomer) -> None:
    """An address is a matter of configuration; the key says whose world it is."""
    assert way("GET", f"https://{host}/v1/users/current", **signed(kustomer)).status == 200
    assert kustomer.journal.total == 1


@every_client
@pytest.mark.parametrize(
    "fault", [{"connection_reset": True}, {"lost_answer": True}, {"cut_body": 10}, {"timeout": True}, {"delay": 60}]
)
@pytest.mark.usefixtures("kustomer_everywhere")
def test_what_goes_wrong_on_the_wire_is_raised_at_once(way: Way, fault: dict[str, Any], kustomer: Kustomer) -> None:
    """As each client raises it over a network, aiohttp after a second try of its own; nobody waits."""
    kustomer.faults.arm(times=2, **fault)
    wrong = (
        OSError, http.client.HTTPException, urllib3.exceptions.HTTPError, httpx.TransportError, httpx2.TransportError,
        aiohttp.ClientError, TimeoutError,
    )  # fmt: skip
    with pytest.raises(wrong):
        way("GET", TEAMS, **signed(kustomer))
    kustomer.faults.clear()
    assert way("GET", TEAMS, **signed(kustomer)).status == 200


@pytest.mark.usefixtures("kustomer_everywhere")
def test_sessions_adapters_and_retries_do_their_work(kustomer: Kustomer) -> None:
    """They are part of the code under test."""
    kustomer.faults.arm(status=503, times=2)
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(total=3, backoff_factor=10, status_forcelist=[503])))
    before = kustomer.clock.now
    with kustomer.clock.patch_sleep():
        assert session.get(TEAMS, headers=signed(kustomer), timeout=5).status_code == 200
        assert session.get(TEAMS, headers=signed(kustomer), timeout=5).status_code == 200
    assert (kustomer.clock.now - before).total_seconds() >= 20
    assert kustomer.journal.total == 4


@pytest.mark.usefixtures("kustomer_everywhere")
def test_a_custom_transport_is_kept(kustomer: Kustomer) -> None:
    """A transport of one's own around httpx's is part of the code under test, too."""

    class Counting(httpx.BaseTransport):
        seen = 0

        def __init__(self) -> None:
            self.inner = httpx.HTTPTransport()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.seen += 1
            return self.inner.handle_request(request)

    transport = Counting()
    with httpx.Client(transport=transport) as client:
        assert client.get(TEAMS, headers=signed(kustomer)).status_code == 200
    assert transport.seen == 1
    assert kustomer.journal.total == 1


@pytest.mark.parametrize("proxy", ["http", "https"])
@pytest.mark.usefixtures("kustomer_everywhere")
def test_a_proxy_is_not_asked(proxy: str, kustomer: Kustomer) -> None:
    """Nothing for Kustomer's hosts leaves the machine, whatever the way."""
    url = f"{proxy}://api.kustomerapp.com/v1/teams"
    proxies = {proxy: "http://127.0.0.1:9"}
    assert requests.get(url, headers=signed(kustomer), proxies=proxies, timeout=5).status_code == 200
    with httpx.Client(proxy="http://127.0.0.1:9") as client:
        assert client.get(url, headers=signed(kustomer)).status_code == 200
    assert kustomer.journal.total == 2


@pytest.mark.usefixtures("kustomer_everywhere")
def test_who_is_not_known_does_not_get_out() -> None:
    """A client with sockets of its own is kept in, too."""
    with pytest.raises(socket.gaierror, match="Kustomer Sandbox"):
        socket.create_connection(("api.kustomerapp.com", 443), timeout=1)


def test_other_hosts_are_left_alone(kustomer_everywhere: KustomerEverywhere) -> None:
    """A port of this machine where nobody listens stands for the rest of the world."""
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/", timeout=5)
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")
    assert kustomer_everywhere.elsewhere == {"127.0.0.1": 2}


def test_everything_is_as_before_afterwards(kustomer: Kustomer) -> None:
    """A world of its own for a block; the last one entered answers."""
    before = [http.client.HTTPSConnection.connect, httpx.HTTPTransport.handle_request, socket.getaddrinfo]
    with kustomer.everywhere() as ways:
        assert {"httpx", "httpx2", "http.client", "urllib3", "aiohttp"} <= set(ways.clients)
    assert [http.client.HTTPSConnection.connect, httpx.HTTPTransport.handle_request, socket.getaddrinfo] == before
