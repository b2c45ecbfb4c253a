"""What is written for contributors is true of the tree: every folder is in the table, and the pictures are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture_rules import FOLDERS, ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def folders(package: str) -> list[str]:
    return sorted(path.name for path in (ROOT / package).iterdir() if (path / "__init__.py").is_file())


@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_every_folder_has_its_row(package: str) -> None:
    """A newcomer looks a folder up here before reading it."""
    table = CONTRIBUTING.partition(f"| folder of `{package}/`")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)/`", table, re.MULTILINE)
    assert sorted(rows) == folders(package)


@pytest.mark.parametrize("kind", ["flowchart TD", "sequenceDiagram"])
def test_the_architecture_is_drawn(kind: str) -> None:
    """Two pictures of the folders, two of the ways through them, in a form that code hosts show."""
    blocks = re.findall(r"```mermaid\n(.+?)```", ARCHITECTURE, re.DOTALL)
    assert sum(block.startswith(kind) for block in blocks) == 2


LINKING = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "llms.txt"]


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_its_links_lead_to_files(page: Path) -> None:
    """A link that leads nowhere is found here and not by a reader."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
