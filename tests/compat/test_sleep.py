"""Code under test that sleeps moves the world's time; nobody waits."""

from __future__ import annotations

import asyncio
import time
from time import sleep as imported_sleep

import anyio
import httpx
import pytest
import tenacity

from kustomer_sandbox import Kustomer, KustomerServer


def seconds_since(kustomer: Kustomer, start: float) -> float:
    return kustomer.clock.now.timestamp() - start


async def in_asyncio() -> None:
    await asyncio.sleep(60)


async def in_anyio() -> None:
    await anyio.sleep(60)


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda: time.sleep(60), id="time"),
        pytest.param(lambda: imported_sleep(60), id="from time import sleep"),
        pytest.param(lambda: asyncio.run(in_asyncio()), id="asyncio"),
        pytest.param(lambda: anyio.run(in_anyio), id="anyio"),
    ],
)
def test_sleeping_moves_the_worlds_time(kustomer: Kustomer, wait: object) -> None:
    start, began = kustomer.clock.now.timestamp(), time.monotonic()
    with kustomer.clock.patch_sleep():
        wait()  # type: ignore[operator]
    assert seconds_since(kustomer, start) == 60
    assert time.monotonic() - began < 30


@pytest.mark.kustomer(plan="professional")
def test_tenacity_waits_for_a_budget(kustomer: Kustomer) -> None:
    """As the code does in production: again after a while, until it is answered."""
    client = kustomer.client()
    for _ in range(300):
        client.get("/v1/teams")

    @tenacity.retry(wait=tenacity.wait_fixed(20), stop=tenacity.stop_after_attempt(5))
    def teams() -> int:
        return client.get("/v1/teams").raise_for_status().status_code

    with kustomer.clock.patch_sleep():
        assert teams() == 200
    assert kustomer.journal.count(status=429) == 3


def test_tenacity_waits_in_async_code(kustomer: Kustomer) -> None:
    client = kustomer.async_client()
    kustomer.faults.arm(status=503, times=2)

    @tenacity.retry(wait=tenacity.wait_fixed(20))
    async def teams() -> int:
        return (await client.get("/v1/teams")).raise_for_status().status_code

    start = kustomer.clock.now.timestamp()
    with kustomer.clock.patch_sleep():
        assert asyncio.run(teams()) == 200
    assert seconds_since(kustomer, start) == 40


def test_a_server_does_not_move_time_by_waiting(kustomer: Kustomer, kustomer_server: KustomerServer) -> None:
    """Only the code under test does."""
    start = kustomer.clock.now.timestamp()
    with kustomer.clock.patch_sleep():
        for _ in range(3):
            httpx.get(f"{kustomer_server.base_url}/v1/teams")
    assert seconds_since(kustomer, start) == 0


def test_sleep_is_as_before_afterwards(kustomer: Kustomer) -> None:
    before = (time.sleep, imported_sleep, asyncio.sleep, anyio.sleep)
    with kustomer.clock.patch_sleep():
        assert time.sleep is not before[0]
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
    assert (time.sleep, imported_sleep, asyncio.sleep, anyio.sleep) == before
