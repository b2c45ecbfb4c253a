"""Where the calls of code with a hard-wired address go into a world, and which hosts are Kustomer's."""

from __future__ import annotations

import re
from collections import Counter

from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.world.world import World

HOSTS = r"^([a-z0-9_-]+\.)*kustomerapp\.com\.?$"
"""Every region's and every organisation's: `api.kustomerapp.com`, `acme.api.prod2.kustomerapp.com`."""

REFUSED = "a client that is not known"
"""In whose name calls are counted that were kept from leaving the machine, and not answered."""

_HOSTS = re.compile(HOSTS, re.IGNORECASE | re.ASCII)
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


def is_kustomers(host: str | bytes | None) -> bool:
    """Whether a host is Kustomer's."""
    text = host.decode("latin-1") if isinstance(host, bytes) else host or ""
    return _HOSTS.fullmatch(text) is not None


class Entrance:
    """Leads calls to Kustomer's hosts into a world, whatever organisation and region they name: the key decides there.

    `calls` counts what each client library sent in, `elsewhere` the calls to other hosts, by host.
    """

    def __init__(self, api: Api, world: World) -> None:
        self._api = api
        self._world = world
        self.calls: Counter[str] = Counter()
        self.elsewhere: Counter[str] = Counter()

    def handle(self, client: str, request: Request) -> Reply:
        """The world's answer to a call of a client library, by the library's name."""
        self.calls[client] += 1
        headers = {**request.headers, "host": f"{self._world.org_name}.api.kustomerapp.com"}
        # A proxy is asked for a whole URL.
        return self._api.handle(request._replace(path=_ABSOLUTE.sub("", request.path, count=1), headers=headers))

    def leave(self, host: str | bytes | None) -> None:
        """Count a call that is none of Kustomer's."""
        self.elsewhere[host.decode("latin-1") if isinstance(host, bytes) else host or ""] += 1
