"""Every command that the documentation prints, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "AGENTS.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLES = {"console", "sh", "bash", "shell"}
COMMENT = re.compile(r"\s+# .*$")


@dataclass(frozen=True)
class Command:
    """One command as it is printed, without prompt and comment; `shown` is the answer printed below it."""

    document: str
    line: int
    text: str
    shown: str

    @property
    def name(self) -> str:
        return f"{self.document}:{self.line}"


def commands() -> list[Command]:
    """All of them, in the order in which a reader meets them."""
    return [command for path in DOCUMENTS for command in commands_of(path)]


def commands_of(path: Path) -> Iterator[Command]:
    text = path.read_text("utf-8")
    for block in FENCE.finditer(text):
        if block[1] in CONSOLES:
            first = text[: block.start()].count("\n") + 2
            for offset, command, shown in parts(block[2]):
                yield Command(path.name, first + offset, command, shown)


def parts(block: str) -> Iterator[tuple[int, str, str]]:
    """Place, command and shown answer. Without a `$ ` every line is a command; a quoted text may go over lines."""
    lines, prompt = block.splitlines(), "$ " if block.startswith("$ ") else ""
    starts = [place for place, line in enumerate(lines) if line.startswith(prompt) and line]
    for place, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        command = COMMENT.sub("", lines[place].removeprefix(prompt))
        end = place + 1
        while command.count("'") % 2 and end < following:
            command, end = f"{command}\n{lines[end]}", end + 1
        yield place, command, "\n".join(lines[end:following])
