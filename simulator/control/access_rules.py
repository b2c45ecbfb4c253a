"""Pure: who may use the control API. It gives out keys and moves time, so not everybody who can reach the port.

Without a control token it answers clients of this machine that also call it by a name of this machine: a page in
the developer's browser whose name was made to lead here, or a caller at the other end of a tunnel, does not.
With one, which a sandbox that other machines can reach must have, it answers whoever shows it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from kustomer_sandbox.simulator.values.auth import digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Whom the control API answers: local clients, or those who show the token of this digest."""

    token: str | None = None

    def is_shown(self, token: str) -> bool:
        """Whether this is the control token."""
        return self.token is not None and hmac.compare_digest(digest(token), self.token)

    def is_open_to(self, client: str, host: str) -> bool:
        """Whether a client's address, and the `Host` it called, need no token. One in process has no address."""
        return self.token is None and (not client or is_local(client)) and is_local(_name(host))


def is_local(host: str) -> bool:
    """Whether an address, or a name, is this machine's own."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    """A `Host` header without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
