"""The command `record`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.options import Port
from kustomer_sandbox.command.refusing import usage_error

if TYPE_CHECKING:
    import httpx

    from kustomer_sandbox.command.checking.recording.lines import Passed

HOST = "127.0.0.1"
Upstream = Annotated[str, typer.Option(help="Origin of the organisation's API, without /v1: https, or this machine.")]
Out = Annotated[Path, typer.Option(help="The file to write: JSON lines that `replay` reads. It must not be there yet.")]
Writes = Annotated[
    bool, typer.Option("--allow-writes", help="Pass on calls that change the organisation, too; else only reads.")
]


def record(upstream: Upstream, out: Out, port: Port = 8703, allow_writes: Writes = False) -> None:
    """Write down the traffic of an organisation, without a value of it.

    A proxy on this machine: have a program call it in place of the organisation, with the program's own API key, which
    is passed on and not kept. Each call becomes a line with stand-ins for all values, which `replay` makes again.
    """
    import httpx  # noqa: PLC0415 - the same

    from kustomer_sandbox.command.checking.recording.proxy import WAIT_SECONDS, RecordingProxy  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.mcp_server.host_names import HostNames  # noqa: PLC0415 - the same
    from kustomer_sandbox.serving import listen, serve  # noqa: PLC0415 - the same
    from kustomer_sandbox.web.door import before_pages  # noqa: PLC0415 - the same

    origin = upstream_of(upstream)
    with ExitStack() as stack:
        try:
            bound = listen(HOST, port)
            file = stack.enter_context(_new_file(out))
        except OSError as fault:
            raise usage_error(f"{fault.filename or f'port {port}'} cannot be used: {fault.strerror}") from None
        client = httpx.AsyncClient(base_url=origin, timeout=WAIT_SECONDS, follow_redirects=False)
        app = RecordingProxy(client, writer(file), writes=allow_writes).app()
        url = f"http://{HOST}:{bound.getsockname()[1]}"
        serve(
            before_pages(app, HostNames()), bound, on_ready=lambda: _say(f"{url} passes on, and is recorded to {out}")
        )


def writer(file: IO[str]) -> Callable[[Passed], None]:
    """Writes each exchange to a file as a line, at once."""
    from kustomer_sandbox.command.checking.recording.lines import Lines  # noqa: PLC0415 - see `record`

    lines = Lines()

    def write(passed: Passed) -> None:
        file.write(f"{lines.line(passed)}\n")
        file.flush()

    return write


def upstream_of(text: str) -> httpx.URL:
    """The origin that is recorded. Raises `typer.Exit` for one that is none, or that others could listen to."""
    import httpx  # noqa: PLC0415 - see `record`

    try:
        url = httpx.URL(text.rstrip("/").removesuffix("/v1"))
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.path not in {"", "/"}:
        raise usage_error("--upstream must be an origin, such as https://acme.api.kustomerapp.com, without a password")
    if url.scheme == "http" and url.host not in {"127.0.0.1", "localhost", "::1"}:
        raise usage_error("--upstream must be https: the API key is passed on to it")
    return url


def _new_file(path: Path) -> IO[str]:
    """A file that its user alone can read. Raises `OSError` if it is there."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}; Ctrl-C ends it.\n")
    sys.stdout.flush()
