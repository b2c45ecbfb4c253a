"""The browser of this machine, and a running sandbox for it to visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

# Only the browser session has it.
pytest.importorskip("playwright.sync_api")

from tests.browser.running import browsing, running


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, str]]:
    """A running sandbox with the demo world."""
    with running("kustomer_sandbox", "up", "--port", "0", "--json") as facts:
        yield facts


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browsing() as browser:
        yield browser
