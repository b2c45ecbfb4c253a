"""Where an interpreter of each supported version is: on the PATH, kept by pyenv, or brought by uv."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NEXT = ("3.14",)
"""Tried where it can be had, and not promised before it has been."""
WAIT_SECONDS = 120


def supported() -> list[str]:
    """The versions that `pyproject.toml` names, such as `3.11`."""
    found = [re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", text) for text in PROJECT["classifiers"]]
    return [match[1] for match in found if match]


def find(version: str) -> Path | None:
    """An interpreter of this version, None if there is none here and uv cannot bring one."""
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[Path]:
    for folder in os.environ["PATH"].split(os.pathsep):
        yield Path(folder, f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    if _uv("install", version).returncode == 0:
        yield Path(_uv("find", "--managed-python", version).stdout.strip())


def _uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["uv", "python", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS)


def _is(path: Path, version: str) -> bool:
    """Whether it runs, and is what its name says: pyenv has names that lead nowhere."""
    asked = [str(path), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS)
    except OSError:
        return False
    return done.stdout.strip() == version
