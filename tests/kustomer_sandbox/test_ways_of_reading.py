"""However a response is read, in process it behaves as one that came over a socket."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta

import anyio
import httpx
import pytest

from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server.thread import KustomerServer

Step = Callable[[httpx.Response], object]
CUSTOMERS = "/v1/customers"

STEPS: dict[str, Step] = {
    "read": lambda response: response.read(),
    "content": lambda response: response.content,
    "text": lambda response: response.text,
    "json": lambda response: response.json(),
    "iter_bytes": lambda response: b"".join(response.iter_bytes()),
    "pieces": lambda response: list(response.iter_bytes(100)),
    "iter_raw": lambda response: b"".join(response.iter_raw()),
    "lines": lambda response: list(response.iter_lines()),
    "close": lambda response: response.close(),
    "downloaded": lambda response: response.num_bytes_downloaded,
    "elapsed": lambda response: response.elapsed >= timedelta(0),
    "state": lambda response: (response.is_closed, response.is_stream_consumed),
    "pickle": lambda response: pickle.loads(pickle.dumps(response)).content,  # noqa: S301 - made here
}
WAYS = [
    ["state", "content", "read", "state", "read", "content", "text", "json", "downloaded", "elapsed"],
    ["read", "iter_bytes", "pieces", "lines", "iter_raw", "pickle", "state"],
    ["iter_bytes", "state", "read", "iter_bytes", "downloaded"],
    ["pieces", "downloaded", "content"],
    ["iter_raw", "read", "json", "elapsed", "state"],
    ["lines", "read"],
    ["close", "read", "state", "elapsed", "downloaded"],
    ["elapsed", "pickle"],
]


def outcome(step: str, response: httpx.Response) -> object:
    """What a step gives, or the kind of error it ends in."""
    try:
        return STEPS[step](response)
    except (httpx.StreamError, RuntimeError) as refused:
        return type(refused).__name__


def followed(client: httpx.Client, way: list[str]) -> list[object]:
    """What each step of a way gives with a response of which only the head has been read."""
    with client.stream("GET", CUSTOMERS) as response:
        return [outcome(step, response) for step in way]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_response_can_be_read_in_the_same_ways(
    kustomer: Kustomer, kustomer_server: KustomerServer, way: list[str]
) -> None:
    """Code that streams, reads twice or too late must learn of it in a test as it would in production."""
    headers = {"authorization": f"Bearer {kustomer.api_key}"}
    with httpx.Client(base_url=kustomer_server.base_url, headers=headers) as socket:
        assert followed(kustomer.client(), way) == followed(socket, way)


def test_an_async_response_can_be_read_in_the_same_ways(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """The same for async clients, which read with `aread`."""

    async def read(client: httpx.AsyncClient) -> list[object]:
        async with client, client.stream("GET", CUSTOMERS) as response:
            first, twice = await response.aread(), await response.aread()
            pieces = [piece async for piece in response.aiter_bytes(100)]
            steps = ("content", "state", "elapsed", "downloaded", "pickle")
            return [first, twice, pieces, *(outcome(step, response) for step in steps)]

    async def late(client: httpx.AsyncClient) -> object:
        async with client, client.stream("GET", CUSTOMERS) as response:
            async for _ in response.aiter_raw():
                pass
            with pytest.raises(httpx.StreamConsumed) as refused:
                await response.aread()
            return refused.type

    def socket() -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {kustomer.api_key}"}
        return httpx.AsyncClient(base_url=kustomer_server.base_url, headers=headers)

    for way in (read, late):
        assert anyio.run(way, kustomer.async_client()) == anyio.run(way, socket())
