"""Replicas as processes of their own: simulators with one store, called over HTTP, and killed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from kustomer_sandbox.simulator.values.record import JSON

COMMAND = (sys.executable, "-m", "kustomer_sandbox")
OPTIONS = ("--port", "0", "--scenario", "empty", "--json")


class Replica:
    """A process of the `kind` of its command; `call` gives an answer's status and body, status 0 where none came."""

    def __init__(self, store: str, kind: str, *options: str) -> None:
        command = [*COMMAND, kind, *OPTIONS, "--store", store, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        self.ready: dict[str, Any] = json.loads(line)
        headers = {"Authorization": f"Bearer {self.ready['api_key']}"}
        self.http = httpx.Client(base_url=self.ready["base_url"], headers=headers, timeout=60)

    def call(self, method: str, path: str, body: JSON = None) -> tuple[int, Any]:
        try:
            answer = self.http.request(method, path, json=body)
        except httpx.HTTPError:
            return 0, None
        return answer.status_code, answer.json() if answer.content else None

    def make(self, path: str, **body: Any) -> str:
        """Make a record; gives its id."""
        status, answer = self.call("POST", path, body)
        assert status == 201, answer
        return str(answer["data"]["id"])

    def control(self, method: str, path: str, body: JSON = None) -> Any:
        """Ask the control API of the world; gives what it says."""
        status, answer = self.call(method, f"/_sandbox/worlds/{self.ready['world']}{path}", body)
        assert status < 300, answer
        return answer

    def close(self) -> None:
        """`kill -9`, and let go of what is left."""
        self.process.kill()
        self.process.wait()
        self.http.close()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def replicas(store: str, count: int, *options: str, kind: str = "simulator") -> Iterator[list[Replica]]:
    """So many replicas, which are killed at the end at the latest."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(contextlib.closing(Replica(store, kind, *options))) for _ in range(count)]
        yield running
