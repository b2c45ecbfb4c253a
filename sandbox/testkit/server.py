"""The test's world on a socket: one server thread for the run, whichever world is there answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sandbox.serving import listen, server_of
from sandbox.testkit.kustomer import Kustomer
from sandbox.testkit.shared import SharedApi
from simulator.app import create_app

HOST = "127.0.0.1"
WAIT_SECONDS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class KustomerServer:
    """Where the world is served (without `/v1`), and its key. `kustomer` is the same world, past the socket."""

    base_url: str
    api_key: str
    kustomer: Kustomer


class ServerThread:
    """Serves a simulator, its control API and documentation on a free port until left."""

    def __init__(self, api: SharedApi) -> None:
        self._bound = listen(HOST, 0)
        self._ready = threading.Event()
        self._server = server_of(create_app(api), on_ready=self._ready.set)
        self.base_url = f"http://{HOST}:{self._bound.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._bound]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(WAIT_SECONDS):
            raise RuntimeError("the server of kustomer_server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whoever still waits for an answer now, for one that a fault holds back, has left with its test.
        self._server.force_exit = self._server.should_exit = True
        self._thread.join(WAIT_SECONDS)
        self._bound.close()
