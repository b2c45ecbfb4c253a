"""General mocks beside the sandbox, where they are installed: GET of one customer, each in its own usual way.

Prism and json-server are looked for on the path, moto among Python's packages, WireMock by its jar in
`KUSTOMER_SANDBOX_BENCH_WIREMOCK`. One that is missing is told and left out. None of them does what the sandbox does
(keys, budgets, masks, a journal); the figures are shown and not judged.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import floor
from bench.asking import product_side
from bench.figures import Figure
from bench.load import Ask, ask
from bench.processes import ROOT, STOP_SECONDS, free_port, module, pin, serving, until_listening
from bench.throughput import compared

WIREMOCK = "KUSTOMER_SANDBOX_BENCH_WIREMOCK"
_GIVE_UP_SECONDS = 60.0
_PATH = f"/v1/customers/{floor.ID}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A mock: its command for a port and a folder to put files into, if it is here; and the path of a record."""

    name: str
    command: Callable[[int, Path], list[str] | None]
    path: str = _PATH


def measure() -> Iterator[Figure]:
    """The sandbox's requests per second over each peer's, in turns."""
    with serving(module("bench.product")) as facts:
        ours = product_side(facts).one_customer()
        for peer in PEERS:
            figure = _against(peer, ours)
            if figure is None:
                print(f"{peer.name} is not installed: left out", file=sys.stderr, flush=True)
            else:
                yield figure


def _against(peer: Peer, ours: Ask) -> Figure | None:
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        command = peer.command(port, folder)
        if command is None:
            return None
        process = stack.enter_context(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        stack.callback(process.wait, timeout=STOP_SECONDS)
        stack.callback(process.terminate)
        pin(process.pid, 0)
        until_listening(port, seconds=_GIVE_UP_SECONDS)
        theirs = ask(f"http://127.0.0.1:{port}", "GET", peer.path)
        return compared(f"GET one customer / {peer.name}", ours, theirs)


def _prism(port: int, folder: Path) -> list[str] | None:
    program = shutil.which("prism")
    document = {"type": "object", "example": {"data": floor.CUSTOMER}}
    answer = {"description": "A customer.", "content": {"application/json": {"schema": document}}}
    api = {
        "openapi": "3.0.3",
        "info": {"title": "One record", "version": "1"},
        "paths": {_PATH: {"get": {"responses": {"200": answer}}}},
    }
    file = _written(folder / "api.json", api)
    return [program, "mock", "--port", str(port), "--host", "127.0.0.1", file] if program else None


def _json_server(port: int, folder: Path) -> list[str] | None:
    program = shutil.which("json-server")
    file = _written(folder / "db.json", {"customers": [floor.CUSTOMER]})
    return [program, "--port", str(port), "--host", "127.0.0.1", file] if program else None


def _wiremock(port: int, folder: Path) -> list[str] | None:
    java, jar = shutil.which("java"), os.environ.get(WIREMOCK)
    (folder / "mappings").mkdir()
    answer = {"status": 200, "jsonBody": {"data": floor.CUSTOMER}}
    _written(folder / "mappings" / "one.json", {"request": {"method": "GET", "url": _PATH}, "response": answer})
    known = ["--port", str(port), "--root-dir", str(folder), "--no-request-journal"]
    return [java, "-jar", jar, *known] if java and jar else None


def _moto(port: int, folder: Path) -> list[str] | None:  # noqa: ARG001 - it keeps nothing
    is_here = importlib.util.find_spec("moto") and importlib.util.find_spec("flask")
    return module("moto.server", "--port", str(port)) if is_here else None


def _written(file: Path, document: object) -> str:
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


PEERS = (
    Peer(name="Prism", command=_prism),
    Peer(name="json-server", command=_json_server, path=f"/customers/{floor.ID}"),
    Peer(name="WireMock", command=_wiremock),
    Peer(name="moto (its list of queues)", command=_moto, path="/?Action=ListQueues"),
)
