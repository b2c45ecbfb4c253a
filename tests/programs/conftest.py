"""One running sandbox for the programs that need a socket; each test finds its world empty."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.kustomer_sandbox.test_up import started


@pytest.fixture(scope="package")
def running() -> Iterator[dict[str, str]]:
    """The ready line of a sandbox process with an empty world."""
    with started() as (_, ready):
        yield ready


@pytest.fixture
def owner(running: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with the world's key; the world is as it was at the start."""
    with httpx.Client(base_url=running["base_url"]) as client:
        client.headers["Authorization"] = f"Bearer {running['api_key']}"
        client.post(f"/_sandbox/worlds/{running['world']}/reset").raise_for_status()
        yield client
