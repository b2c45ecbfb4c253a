"""Builds the distributions twice, from copies in two places, and holds them against each other byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Literal

from tests.kustomer_sandbox.builds import build

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".nox", ".venv", "*_cache", "__pycache__", ".hypothesis", "dist", "node_modules"
)
TARGETS: tuple[Literal["sdist", "wheel"], ...] = ("sdist", "wheel")


def build_twice(dist: Path, space: Path) -> list[Path]:
    """Fill `dist` with source distribution and wheel; raises `SystemExit` if a second build differs.

    The second copy has another path, other times, and closed permissions: none of these may show.
    """
    os.environ.setdefault("SOURCE_DATE_EPOCH", _time_of_the_last_commit())
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    first = _built(dist, space / "one", copy_file=shutil.copy)
    again = space / "again"
    again.mkdir()
    for path, other in zip(first, _built(again, space / "two" / "further", copy_file=_closed), strict=True):
        if path.name != other.name or path.read_bytes() != other.read_bytes():
            raise SystemExit(f"built twice, and not the same: {path.name}")
    return first


def _built(folder: Path, copy: Path, *, copy_file: Callable[[str, str], object]) -> list[Path]:
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED, symlinks=True, copy_function=copy_file)
    return [path for target in TARGETS for path in build(target, copy, folder)]


def _closed(source: str, target: str) -> None:
    """A file as somebody has it who lets nobody else read theirs."""
    shutil.copy(source, target)
    Path(target).chmod(Path(target).stat().st_mode & 0o700)


def _time_of_the_last_commit() -> str:
    """In seconds; hatchling's own constant where this is no repository."""
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "1580601600"


def checksums(paths: Iterable[Path]) -> str:
    """Lines for `sha256sum --check`."""
    return "".join(f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(paths))
