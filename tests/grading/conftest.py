"""One arena for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kustomer_sandbox.grading.arena import Arena


@pytest.fixture(scope="session")
def arena() -> Iterator[Arena]:
    with Arena() as opened:
        yield opened
