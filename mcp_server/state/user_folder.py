"""The folder in which what one user runs on this machine finds each other; nobody else may write there."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path


def folder_of_user(environment: Mapping[str, str]) -> Path:
    """Where the system keeps what running programs need, if it has such a place; else a folder of temporary files."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    return Path(runtime) / "kustomer-sandbox" if runtime else Path(tempfile.gettempdir()) / f"kustomer-sandbox-{user}"


def own_folder(environment: Mapping[str, str], name: str) -> Path | None:
    """A folder of this name below the user's, made if there is none; None where none can be had that is the user's."""
    folder = folder_of_user(environment) / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_a_foreign_folder(folder.parent)
        refuse_a_foreign_folder(folder)
    except OSError:
        return None
    return folder


def refuse_a_foreign_folder(folder: Path) -> None:
    """Raises `PermissionError` for a folder that another user has made or can change."""
    if os.name != "posix":
        return
    facts = folder.stat()
    if facts.st_uid != os.getuid() or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError
