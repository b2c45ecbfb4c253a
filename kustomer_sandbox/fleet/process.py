"""One worker as a process: started, waited for, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket, socketpair
from typing import Any

import kustomer_sandbox

READY_SECONDS = 60
END_SECONDS = 8
"""How long a worker may take to start, and to end: somewhat more than its running calls may (`GRACE_SECONDS`)."""
READY = b"\n"
"""What a worker writes first, once it takes connections."""

_START = "import sys; sys.path.append(sys.argv[1]); from kustomer_sandbox.fleet.worker import main; main()"


class WorkerFailed(Exception):
    """A worker has ended, or taken too long, before it was ready."""


class WorkerProcess:
    """A worker by its number. It serves on `listening`, which outlives it: calls wait there while it starts again.

    It ends when this process does, however that ends: its standard input is the other end of the channel.
    """

    def __init__(self, number: int, listening: socket) -> None:
        self.number = number
        self._listening = listening
        self._process: subprocess.Popen[bytes] | None = None
        self._end: socket | None = None

    @property
    def id(self) -> int:
        """The system's number of the process; 0 while there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process, which then waits to be told its plan.

        A session of its own keeps Ctrl-C from ending it before the main one. It is given our search path behind its
        own, and not the working directory before it.
        """
        ours, theirs = socketpair(AF_UNIX, SOCK_STREAM)
        root = str(Path(kustomer_sandbox.__file__).absolute().parents[1])
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-c", _START, root],
                stdin=theirs.fileno(),
                pass_fds=(self._listening.fileno(),),
                start_new_session=True,
            )
        self._end = ours

    def brief(self, plan: Mapping[str, Any]) -> None:
        """Tell the process all that it needs to know, as JSON; it is ready later."""
        if self._end is not None:
            with contextlib.suppress(OSError):  # it has ended: whoever waits for it hears so
                self._end.sendall(json.dumps({**plan, "listening": self._listening.fileno()}).encode() + b"\n")

    def until_ready(self) -> socket:
        """Wait, and give this process's end of the channel. Raises `WorkerFailed`."""
        end = self._taken()
        end.settimeout(READY_SECONDS)
        try:
            first = end.recv(1)
        except TimeoutError:
            first = b""
        return self._settled(end, first)

    async def until_ready_meanwhile(self) -> socket:
        """As `until_ready`, without keeping the event loop."""
        end = self._taken()
        end.settimeout(0)
        first = b""
        with contextlib.suppress(TimeoutError):
            first = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(end, 1), READY_SECONDS)
        return self._settled(end, first)

    def wait(self) -> int:
        """Wait until the process has ended; one that takes too long is killed. Gives its exit status."""
        if self._process is None:
            return 0
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def stop(self) -> None:
        """Tell the process to end; see `wait`."""
        if self._end is not None:
            self._end.close()
        if self._process is not None:
            self._process.terminate()

    def _taken(self) -> socket:
        if self._end is None:
            raise WorkerFailed
        end, self._end = self._end, None
        return end

    def _settled(self, end: socket, first: bytes) -> socket:
        if first == READY:
            end.settimeout(0)
            return end
        end.close()
        if self._process is not None:
            self._process.kill()
        raise WorkerFailed
