"""Pure: the opaque `next_cursor`, bound to the tool, the account and the arguments it was given for.

A cursor carries the upstream page and how many of its records were already returned, so a result cut to size loses
nothing. It is sealed with a keyed hash: a cursor made up by a model, or from another call, is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_SEAL: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Where a listing stands: the upstream's page parameters and the records to skip on that page."""

    query: tuple[tuple[str, str], ...]
    skip: int = 0


class CursorRefused(ValueError):
    """The cursor was not made here for this tool and these arguments."""


def encode(position: Position, *, key: bytes, binding: str) -> str:
    """A position as URL-safe text."""
    payload = json.dumps([position.skip, *map(list, position.query)], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(payload, key=key, binding=binding) + payload).decode().rstrip("=")


def decode(text: str, *, key: bytes, binding: str) -> Position:
    """The position in a cursor. Raises `CursorRefused` unless `encode` made it with this key and binding."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorRefused from error
    seal, payload = raw[:_SEAL], raw[_SEAL:]
    canonical = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    if not hmac.compare_digest(seal, _seal(payload, key=key, binding=binding)) or canonical != text:
        raise CursorRefused
    skip, *pairs = json.loads(payload)
    return Position(query=tuple((name, value) for name, value in pairs), skip=skip)


def binding(tool: str, *, account: str, arguments: Mapping[str, Any]) -> str:
    """What a cursor belongs to: everything that decides which records are listed, but not how many or what of them."""
    rest = {name: value for name, value in arguments.items() if name not in {"limit", "next_cursor", "fields"}}
    return json.dumps([tool, account, rest], sort_keys=True, separators=(",", ":"))


def _seal(payload: bytes, *, key: bytes, binding: str) -> bytes:
    return hmac.new(key, binding.encode("utf-8", "surrogatepass") + b"\0" + payload, hashlib.sha256).digest()[:_SEAL]
