"""The recipes for other languages run as they stand in docs/languages.md, where the language is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.printed import FENCE, ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "languages.md").read_text("utf-8")
NAMED = re.compile(r"// (\S+)\n")
WAIT_SECONDS = 300


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """With this project's command on its PATH."""
    tools = tmp_path / "bin"
    tools.mkdir()
    script = tools / "kustomer-sandbox"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kustomer_sandbox "$@"\n', "utf-8")
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "GOFLAGS": "-mod=mod"}


def written(language: str, folder: Path) -> Path:
    """The page's recipe as the file that its first line names."""
    (text,) = (block[2] for block in FENCE.finditer(PAGE) if block[1] == language)
    name = NAMED.match(text)
    assert name is not None
    file = folder / name[1]
    file.write_text(text, "utf-8")
    return file


def said(environment: Mapping[str, str], folder: Path, *command: str) -> str:
    """What a command prints, which may fail."""
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
    )
    return done.stdout + done.stderr


def test_the_recipe_for_go(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """A package whose one test passes."""
    file = written("go", tmp_path)
    said(environment, tmp_path, "go", "mod", "init", "example.com/support")
    assert "--- PASS: TestTeamsAreThere" in said(environment, tmp_path, "go", "test", "-v", file.name)


def test_the_recipe_for_java(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """A program of one file, as Java runs it."""
    file = written("java", tmp_path)
    assert said(environment, tmp_path, "java", file.name) == "200\n"
