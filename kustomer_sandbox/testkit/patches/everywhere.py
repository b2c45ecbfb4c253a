"""Every installed HTTP client's calls to Kustomer's hosts answered by one world, in this process."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec

from kustomer_sandbox.testkit.patches import sockets
from kustomer_sandbox.testkit.patches.entrance import Entrance
from kustomer_sandbox.testkit.patches.httpx_transports import transports

Way = Callable[[Entrance], AbstractContextManager[None]]


class KustomerEverywhere:
    """The ways into a world that stand open. `clients` are the libraries covered, `calls` what each has sent in."""

    def __init__(self, entrance: Entrance, clients: tuple[str, ...]) -> None:
        self._entrance = entrance
        self.clients = clients

    @property
    def calls(self) -> dict[str, int]:
        """Calls to Kustomer's hosts, by library: `{"httpx": 2, "urllib3": 1}`; requests are urllib3's."""
        return dict(self._entrance.calls)

    @property
    def elsewhere(self) -> dict[str, int]:
        """Calls to other hosts, by host; they were left alone."""
        return dict(self._entrance.elsewhere)


@contextmanager
def everywhere(entrance: Entrance) -> Iterator[KustomerEverywhere]:
    """Within, no call to Kustomer's hosts leaves the machine: what is installed is led in, all else is refused."""
    with ExitStack() as stack:
        ways = dict(_ways())
        for way in ways.values():
            stack.enter_context(way(entrance))
        stack.enter_context(sockets.name_look_up(entrance))
        yield KustomerEverywhere(entrance, tuple(ways))


def _ways() -> Iterator[tuple[str, Way]]:
    """A way for each library there is. They are imported here, since the code under test may do so later."""
    for name in ("httpx", "httpx2"):
        yield name, partial(transports, importlib.import_module(name))
    yield "http.client", sockets.http_client
    with warnings.catch_warnings():
        # What a library warns of while it is imported is not the test's to answer for.
        warnings.simplefilter("ignore")
        if find_spec("urllib3") is not None:
            importlib.import_module("urllib3.connection")
            yield "urllib3", sockets.urllib3
        if find_spec("aiohttp") is not None:
            yield "aiohttp", importlib.import_module("kustomer_sandbox.testkit.patches.aiohttp_connector").connector
