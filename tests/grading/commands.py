"""The command line, called in this process: a process of its own for each call would take most of the time."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from kustomer_sandbox.cli import app


def call(*words: str) -> Result:
    """One command, to its end."""
    return CliRunner().invoke(app, list(words))
