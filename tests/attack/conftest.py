"""What an attack or an accident is tried on: a tool server with its state in a directory, over a fake upstream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kustomer_sandbox.contracts import Contracts
from tests.attack.damage import mounted
from tests.attack.hands import Hand, create_server
from tests.mcp_server.fakes import FakeUpstream, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def hand(contracts: Contracts, clock: HandClock, upstream: FakeUpstream, state: Path) -> Hand:
    server = create_server(contracts, clock=clock, upstream=upstream, directory=state)
    return Hand(server)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to be filled."""
    with mounted(tmp_path / "disk") as disk:
        yield disk
