"""By which names a server may be called. A web page can make its own name lead to this machine, and is known by it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import Scope

KUSTOMER: Final = ".kustomerapp.com"
"""Where Kustomer's own hosts end: what is sent to them may be led here, and no attacker can have such a name."""

_HOST: Final = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?", re.IGNORECASE)
_SHORTCUTS: Final = 1_000


class HostNames:
    """The names by which a server may be called: this machine's own, Kustomer's, those given, that of its public URL.

    `given` holds the last two, in lower case.
    """

    def __init__(self, given: Iterable[str] = (), *, public_url: str = "") -> None:
        named = (*given, urlsplit(public_url).hostname or "")
        self.given = tuple(dict.fromkeys(name.lower().strip("[]") for name in named if name))
        self._public_url = public_url.lower()
        self._known: set[bytes] = set()

    def are_called(self, scope: Scope) -> bool:
        """Whether a request's one `Host` is among them, with any port. Nearly always one look-up in a set."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and (hosts[0] in self._known or self._learn(hosts[0]))

    def has(self, host: str) -> bool:
        """Whether a host, with or without a port, is among them."""
        name = _name(host)
        return name in self.given or _is_loopback(name) or name.endswith(KUSTOMER)

    def is_own(self, origin: str, host: str) -> bool:
        """Whether an `Origin` is this server's: the `Host` called, or the public URL. The port counts."""
        scheme, _, netloc = origin.lower().partition("://")
        return origin.lower() == self._public_url or (scheme in {"http", "https"} and netloc == host.lower())

    def _learn(self, host: bytes) -> bool:
        known = self.has(host.decode("latin-1"))
        if known and len(self._known) < _SHORTCUTS:
            self._known.add(host)
        return known


def _name(host: str) -> str:
    """A host in lower case, without port and brackets; empty for what is none."""
    found = _HOST.fullmatch(host)
    return found.group(1).lower().strip("[]") if found else ""


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
