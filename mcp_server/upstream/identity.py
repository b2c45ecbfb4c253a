"""Which organisation an account reaches, as far as its address and its key say."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import orjson

from kustomer_sandbox.mcp_server.model import UpstreamIdentity

_PORTS: Final = {"http": 80, "https": 443}
_LOOPBACK: Final = frozenset({"localhost", "::1"})
_JWT_PARTS: Final = 3
_SANDBOX_KEY: Final = re.compile(r"sandbox_(.+)_[0-9a-f]{32}")
"""A sandbox's key names the world that it opens: several stand behind one origin."""


@lru_cache(maxsize=4096)
def identify(base_url: str, key: str) -> UpstreamIdentity:
    """The origin in one spelling, and the organisation that a key names: Kustomer's keys are JWTs with a claim `org`.

    The organisation is empty for a key that names none. A sandbox's world is told apart by a path at its origin.
    """
    url = urlsplit(base_url)
    host = (url.hostname or "").rstrip(".")
    host = "127.0.0.1" if host in _LOOPBACK else host
    port = url.port or _PORTS.get(url.scheme, 0)
    world = _SANDBOX_KEY.fullmatch(key)
    path = f"/{world[1]}" if world else ""
    return UpstreamIdentity(origin=f"{url.scheme}://{host}:{port}{path}", organisation=_organisation(key))


def _organisation(key: str) -> str:
    parts = key.split(".")
    if len(parts) != _JWT_PARTS:
        return ""
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return ""
    found = claims.get("org") if isinstance(claims, Mapping) else None
    return found if isinstance(found, str) else ""
