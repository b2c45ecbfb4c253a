"""Builds the distributions as an installer would, without its environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal


def build(target: Literal["sdist", "wheel"], source: Path, folder: Path) -> list[Path]:
    """Build a project in `source` into `folder`; gives the files that were made."""
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return sorted(path for path in set(folder.iterdir()) - before if path.suffix in {".whl", ".gz"})
