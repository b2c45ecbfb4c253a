"""The site's pages, from files that stay where a reader of the repository finds them.

README is its first page, other pages of the root and of `skills/` stand beside those of `docs/`, and three are made of
the code: commands, rules and the test kit. A link to a file that is no page becomes the file's name.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from tests.docs.site.commands import commands_page
from tests.docs.site.kit import kit_page
from tests.docs.site.rules import rules_page

ROOT = Path(__file__).parents[3]
ELSEWHERE = {
    "README.md": "index.md",
    "AGENTS.md": "agents.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code_of_conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "examples/README.md": "examples.md",
    "skills/kustomer-sandbox/SKILL.md": "skill.md",
}
"""File outside of `docs/` -> the page it is on the site."""
LISTED = {"contracts/behaviours.yaml": "rules.md", "examples": "examples.md"}
"""What is no page itself -> the page that shows it."""
MADE = {"commands.md": commands_page, "pytest.md": kit_page, "rules.md": rules_page}

LINK = re.compile(r"\[([^\]\n]*(?:\n[^\]\n]+)?)\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def sources() -> dict[str, Path]:
    """Page of the site -> the file it is made from."""
    found = {path.name: path for path in sorted((ROOT / "docs").glob("*.md"))}
    return found | {page: ROOT / file for file, page in ELSEWHERE.items() if (ROOT / file).is_file()}


def lay_out(folder: Path) -> None:
    """Write every page of the site into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder, ignore=shutil.ignore_patterns("*.md"))
    for name, path in sources().items():
        (folder / name).write_text(on_the_site(path), "utf-8")
    for name, made in MADE.items():
        (folder / name).write_text(made(), "utf-8")


def on_the_site(path: Path) -> str:
    """A page's text with links to the site's own pages; what is in code stays."""
    text = FRONT_MATTER.sub("", path.read_text("utf-8"))
    pieces = FENCE.split(text)
    pieces[::2] = [LINK.sub(lambda link: linked(link, path), piece) for piece in pieces[::2]]
    return "".join(pieces)


def linked(link: re.Match[str], path: Path) -> str:
    """The same link on the site."""
    text, target, anchor = link[1], link[2], link[3] or ""
    file = Path(os.path.normpath(path.parent / target)).relative_to(ROOT).as_posix()
    page = ELSEWHERE.get(file) or LISTED.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else "")
    if page:
        return f"[{text}]({page}{anchor})"
    return text if file in text else f"{text} (`{file}`)"
