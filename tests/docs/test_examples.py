"""Every example in the documentation runs as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "skills").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.yaml)\n")


@dataclass(frozen=True)
class Example:
    """A fenced block: its language and text, and where it stands."""

    document: str
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.document.replace('.', '_')}_{self.line}"


def examples(language: str) -> list[Example]:
    return [
        Example(path.stem, path.read_text("utf-8")[: block.start()].count("\n") + 1, *block.groups())
        for path in DOCUMENTS
        for block in FENCE.finditer(path.read_text("utf-8"))
        if block[1] == language
    ]


PYTHON = examples("python")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """Every Python example as a test file, run in one process: the failures by example."""
    folder = tmp_path_factory.mktemp("examples")
    for example in PYTHON:
        text = example.text if "def test_" in example.text else as_test(example.text)
        (folder / f"test_{example.name}.py").write_text(text, "utf-8")
    for example in examples("yaml"):
        if named := FILE.match(example.text):
            (folder / named[1]).write_text(example.text, "utf-8")
    # The plugin is named, since it may not be installed here; others stay out.
    plugins = ["-p", "kustomer_sandbox.pytest_plugin", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        *plugins,
        "-W",
        "error",
        "--junit-xml=out.xml",
        "-o",
        "junit_family=xunit1",
    ]
    environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
    found: dict[str, list[str]] = {}
    for case in ET.parse(folder / "out.xml").iter("testcase"):  # noqa: S314 - our own pytest wrote it
        problems = [part.get("message", "") for part in case if part.tag in {"failure", "error", "skipped"}]
        found.setdefault(case.get("classname", "").partition(".")[0].removeprefix("test_"), []).extend(problems)
    return found


def as_test(text: str) -> str:
    """A plain script as a test."""
    return "def test_script():\n" + "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("example", PYTHON, ids=lambda example: example.name)
def test_a_python_example_runs(results: Mapping[str, list[str]], example: Example) -> None:
    """An example that fails is worse than none."""
    assert results[example.name] == []


def test_what_the_documentation_starts_is_what_there_is() -> None:
    """Every `kustomer-sandbox` command and option that is named exists."""
    named = {
        match
        for path in DOCUMENTS
        for match in re.findall(
            r"`?kustomer-sandbox (up|simulator|mcp|status|env|doctor|init|canaries|check|replay|drift|"
            r"claude-config|openapi|what-if)\b",
            path.read_text("utf-8"),
        )
    }
    texts = {
        name: subprocess.run(
            [sys.executable, "-m", "kustomer_sandbox", name, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in sorted(named)
    }
    assert "up" in texts
    assert all("Usage" in text for text in texts.values())
