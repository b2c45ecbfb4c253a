"""The public names as strict type checkers see them from outside."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TYPED = Path(__file__).with_name("typed.txt")
WRONG = [number for number, line in enumerate(TYPED.read_text("utf-8").splitlines(), 1) if line.endswith("# wrong")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of its own, so that no settings of this one are found."""
    shutil.copy(TYPED, tmp_path / "typed.py")
    return tmp_path


def run(folder: Path, *command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder).stdout


def test_mypy_finds_every_mistake_and_no_other(folder: Path) -> None:
    told = run(folder, sys.executable, "-m", "mypy", "--strict", "--no-color-output", "typed.py")
    assert [int(line.split(":")[1]) for line in told.splitlines() if ": error:" in line] == WRONG, told


def test_pyright_finds_every_mistake_and_no_other(folder: Path) -> None:
    (folder / "pyrightconfig.json").write_text('{"include": ["typed.py"], "typeCheckingMode": "strict"}', "utf-8")
    told = run(folder, sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson")
    problems = json.loads(told)["generalDiagnostics"]
    found = [(item["range"]["start"]["line"] + 1, item["message"]) for item in problems]
    assert sorted({line for line, _ in found}) == WRONG, found
