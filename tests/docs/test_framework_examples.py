"""The examples that need packages of their own, each in an environment with these alone, beside a sandbox that runs."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.printed import ROOT
from tests.release.installing import run

pytestmark = pytest.mark.slow

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/requirements.txt"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """The address of a sandbox on a free port."""
    command = [sys.executable, "-m", "kustomer_sandbox", "up", "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["base_url"])
        finally:
            process.terminate()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_runs_beside_a_sandbox(example: Path, sandbox: str, tmp_path: Path) -> None:
    """As its README says it: what it needs is installed, and its tests pass."""
    venv.create(tmp_path, with_pip=True)
    python = tmp_path / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt", folder=example)
    run(python, "-m", "pytest", "-p", "no:cacheprovider", folder=example, KUSTOMER_SANDBOX_URL=sandbox)
