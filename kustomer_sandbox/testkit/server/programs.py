"""Programs that are run towards a served world: what they are told, how long they may take, and how they are ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kustomer_sandbox.testkit.server.thread import KustomerServer


class ProgramEnd(NamedTuple):
    """How a program ended. `exit_code` is None for one that was stopped when its time was over."""

    exit_code: int | None
    printed: str


@dataclass(kw_only=True, slots=True)
class Program:
    """A program with its arguments, the environment it has besides what it is told, and seconds it may take."""

    words: Sequence[str]
    environment: Mapping[str, str]
    limit: float
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def run(self, server: KustomerServer, told: Mapping[str, str], *, given: str = "") -> ProgramEnd:
        """Run it once. It knows the world by `KUSTOMER_BASE_URL`, `KUSTOMER_API_KEY` and `KUSTOMER_MCP_URL`.

        `told` are more such variables, `given` is its standard input. Raises `OSError` if it cannot be started.
        """
        where = {"BASE_URL": server.base_url, "API_KEY": server.api_key, "MCP_URL": server.mcp_url}
        # Files, since whatever it leaves running would hold a pipe open.
        with tempfile.TemporaryFile() as read, tempfile.TemporaryFile() as printed:
            read.write(given.encode())
            read.seek(0)
            with subprocess.Popen(  # noqa: S603 - the command is the user's own
                self.words,
                env={**self.environment, **told, **{f"KUSTOMER_{name}": value for name, value in where.items()}},
                stdin=read,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as self._process:
                exit_code = self._exit_code(self._process)
            printed.seek(0)
            return ProgramEnd(exit_code, printed.read().decode("utf-8", errors="replace"))

    def _exit_code(self, process: subprocess.Popen[bytes]) -> int | None:
        """Wait for it, for as long as it may take; nothing it has started outlives it."""
        try:
            return process.wait(self.limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.end()
            self._process = None  # its number may soon be another's

    def end(self) -> None:
        """End it with all that it has started, but for what has left its process group."""
        process = self._process
        if process is None:
            return
        if sys.platform == "win32":
            process.kill()
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter if all have ended, on macOS
                os.killpg(process.pid, signal.SIGKILL)
