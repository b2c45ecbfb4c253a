"""The processes the official checks are run against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

Facts = dict[str, str]


@contextmanager
def serving(*command: str) -> Iterator[Facts]:
    """A process of ours; yields its ready line."""
    arguments = [sys.executable, "-m", *command]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield json.loads(line)
        finally:
            process.terminate()
            process.wait(timeout=15)


@pytest.fixture(scope="module")
def product() -> Iterator[Facts]:
    """The whole sandbox, with every tool."""
    with serving("kustomer_sandbox", "up", "--port", "0", "--json") as facts:
        yield facts


@pytest.fixture(scope="module")
def fixture_url() -> Iterator[str]:
    """The endpoint of the server made for the suite."""
    with serving("tests.conformance.fixture_server") as facts:
        yield facts["mcp_url"]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure into the report of the run."""

    def say(figure: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{figure}\n")

    return say
