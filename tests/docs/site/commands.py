"""The reference of the command line: what `--help` says of each command, with the names of the variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from kustomer_sandbox.cli import app

COLUMNS = 100
INTRODUCTION = """# Every command

What `--help` says, in one page. How they are used: [the command line](command-line.md).
"""


def commands_page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    return INTRODUCTION + "".join(
        f"\n## {name}\n\n```text\n{text.rstrip()}\n```\n" for name, text in helps(root, None, "kustomer-sandbox")
    )


def helps(command: Any, parent: Any, name: str) -> Iterator[tuple[str, str]]:
    """Name and help of a command, then of those below it; click's classes are typer's own secret."""
    context = command.context_class(
        command,
        info_name=name.rpartition(" ")[2],
        parent=parent,
        terminal_width=COLUMNS,
        max_content_width=COLUMNS,
        help_option_names=["-h", "--help"],
    )
    yield name, command.get_help(context)
    for below, found in getattr(command, "commands", {}).items():
        if not found.hidden:
            yield from helps(found, context, f"{name} {below}")
