"""Programs that serve an OpenAPI file and were not made for Kustomer, at the versions of `node/package.json`."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from kustomer_sandbox.command.checking.asking import HttpTarget
from tests.conformance.official import wheel

HERE: Final = Path(__file__).parent
NODE: Final = HERE / "node"
_PACKAGES = NODE / "node_modules"
_HOST = "127.0.0.1"
_WAIT_SECONDS = 120
_EXAMPLES = 5
"""Examples of a law: a mock forgets all, so that more of them show no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mock:
    """A mock: the package, its script, and how it is started; `{file}` and `{port}` stand in the arguments."""

    package: str
    script: str
    arguments: str

    @property
    def version(self) -> str:
        told: Mapping[str, str] = json.loads((_PACKAGES / self.package / "package.json").read_text("utf-8"))
        return told["version"]

    @contextmanager
    def running(self, file: Path, port: int) -> Iterator[str]:
        """Serves the operations of a file; gives the origin."""
        arguments = self.arguments.format(file=file, port=port).split()
        command = [str(wheel(executable=True)), str(_PACKAGES / self.package / self.script), *arguments]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                origin = f"http://{_HOST}:{port}"
                _wait_for(origin, process)
                yield origin
            finally:
                process.terminate()


MOCKS: Final[Mapping[str, Mock]] = {
    "Prism, answers from examples": Mock(
        package="@stoplight/prism-cli", script="dist/index.js", arguments="mock -v fatal -h 127.0.0.1 -p {port} {file}"
    ),
    "Prism, generated answers": Mock(
        package="@stoplight/prism-cli",
        script="dist/index.js",
        arguments="mock -v fatal -d --seed 0 -h 127.0.0.1 -p {port} {file}",
    ),
    "Mockoon": Mock(
        package="@mockoon/cli",
        script="bin/run.js",
        arguments="start --data {file} --port {port} --hostname 127.0.0.1 --faker-seed 1",
    ),
}

NOT_MEASURED: Final[Mapping[str, str]] = {
    "connexion 3.3.0 (`connexion run --mock=all`)": "it reads the file as a Jinja template, and stops at the braces "
    "that descriptions have in them",
    "open-api-mocker 2.0.0": "it takes no OpenAPI 3.1, and stops at the first operation",
    "openapi-mock": "its package did not install",
}
"""Others that were tried, and why there is no column of theirs."""


class MockPlace:
    """A mock as a place of checks. It has no clock and no roles to move; nothing in it is anybody's."""

    has_control, may_write = False, True

    def __init__(self, origin: str) -> None:
        self._client = httpx.Client(base_url=origin, timeout=30, trust_env=False)

    @contextmanager
    def target(self) -> Iterator[HttpTarget]:
        yield HttpTarget(self._client, "any-key", mark="ksb-", examples=_EXAMPLES)


def _wait_for(origin: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{origin}/v1/customers", timeout=30, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"no mock answers at {origin}")
