"""Every example in `examples/` runs as it stands there, and is told of in its README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.printed import ROOT

EXAMPLES = ROOT / "examples"


def test_every_example_runs(tmp_path: Path) -> None:
    """In one process of pytest, as their reader would run them."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plugins = ["-p", "kustomer_sandbox.pytest_plugin", "-p", "no:cacheprovider"]
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(settings), *plugins, str(EXAMPLES)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert re.search(r"^7 passed", done.stdout, re.MULTILINE), done.stdout


def test_every_example_is_told_of() -> None:
    """With what is learnt from it."""
    told = re.findall(r"^\| `(\w+)` \|", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir() and path.name[0] != "_")
