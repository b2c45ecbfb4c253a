"""Unguessable text, the tool server's only source of chance. Injected wherever a token or an id is made."""

from __future__ import annotations

import secrets


def random_hex(size: int) -> str:
    """So many random bytes as hexadecimal text."""
    return secrets.token_hex(size)
