"""Pure: who may use the control API. It gives out keys and moves time, so not everybody who can reach the port.

Without a control token it answers clients of this machine that also call it by a name of this machine: a page in
the developer's browser whose name was made to lead here, or a caller at the other end of a tunnel, does not.
With one it answers whoever shows it. A sandbox that others can reach either has one or answers nobody here: what a
tunnel passes on can look like a call of this machine in every respect.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from kustomer_sandbox.simulator.values.auth import digest

_LISTED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip", "true-client-ip")
"""Headers in which proxies list for whom, and under which names, they call."""
_FORWARDED = re.compile(r'(?:^|[;,])\s*(?:for|host|by)\s*=\s*("[^"]*"|[^;,]*)', re.IGNORECASE)
"""The parts of `Forwarded` (RFC 7239) that name somebody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Whom the control API answers: local clients, those who show the token of this digest, or nobody (`is_closed`)."""

    token: str | None = None
    is_closed: bool = False

    def is_shown(self, token: str) -> bool:
        """Whether this is the control token."""
        return self.token is not None and hmac.compare_digest(digest(token), self.token)

    def is_open_to(self, client: str, host: str, forwarded: Iterable[str] = ()) -> bool:
        """Whether a client's address, and the `Host` it called, need no token. One in process has no address.

        `forwarded` are the addresses and hosts that proxies on the way have named: all must be local.
        """
        if self.is_closed or self.token is not None:
            return False
        return (not client or is_local(client)) and all(is_local(_name(name)) for name in (host, *forwarded))


def is_local(host: str) -> bool:
    """Whether an address, or a name, is this machine's own."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def forwarded(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Every address and host that proxies say they call for, or were called by; names in lower case."""
    for name, value in headers:
        if name in _LISTED:
            yield from (part.strip() for part in value.split(","))
        elif name == "forwarded":
            yield from (part.strip().strip('"') for part in _FORWARDED.findall(value))


def _name(host: str) -> str:
    """A host, or an address, without its port."""
    try:
        return host if is_local(host) else urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
