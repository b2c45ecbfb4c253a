"""Every example in `examples/` runs as it stands there, and is told of in its README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.printed import ROOT

EXAMPLES = ROOT / "examples"
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and path.name[0] not in "._")
TESTED = [path for path in FOLDERS if list(path.glob("test_*.py")) and not (path / "requirements.txt").exists()]
"""Those that need nothing that these tests do not have; `test_framework_examples.py` runs the others."""


def test_every_example_runs() -> None:
    """In one process of pytest, as their reader would run them."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plugins = ["-p", "kustomer_sandbox.pytest_plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *map(str, TESTED)]
    done = subprocess.run(command, cwd=EXAMPLES, env=environment, capture_output=True, text=True, check=False)
    assert re.search(r"^11 passed", done.stdout, re.MULTILINE), done.stdout


def test_every_example_is_told_of() -> None:
    """With what is learnt from it."""
    told = re.findall(r"^\| \[`(\w+)`\]\(\1/README.md\) \|", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == [path.name for path in FOLDERS]


@pytest.mark.parametrize("example", FOLDERS, ids=lambda path: path.name)
def test_an_example_says_what_is_in_it(example: Path) -> None:
    """In few words, and every file has its line."""
    text = (example / "README.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([\w./-]+)` \|", text, re.MULTILINE))
    files = {path.relative_to(example).as_posix() for path in example.rglob("*") if path.is_file()}
    assert len(text.splitlines()) <= 30
    assert told == {file for file in files if "__pycache__" not in file} - {"README.md", "requirements.txt"}
