"""Locks of files, which end with their process however it dies. Where there are none (Windows) nothing is locked."""

from __future__ import annotations

import importlib.util
from typing import Final

HAS_LOCKS: Final = importlib.util.find_spec("fcntl") is not None
if HAS_LOCKS:
    import fcntl


def lock(handle: int) -> None:
    """Lock an open file, as soon as no other process has it locked."""
    if HAS_LOCKS:
        fcntl.flock(handle, fcntl.LOCK_EX)


def try_lock(handle: int) -> bool:
    """Lock an open file if no other process has it locked; whether that was so."""
    if not HAS_LOCKS:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
