"""How the command refuses: one line on the standard error stream, and exit code 2."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import typer


def usage_error(message: str) -> typer.Exit:
    """Says why the command cannot be done; raise what it gives."""
    typer.echo(f"kustomer-sandbox: {message}", err=True)
    return typer.Exit(2)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the known name that is most like it, nothing if none is."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""


def reason_of(fault: OSError) -> str:
    """What the system says, and of which file or program."""
    told = fault.strerror or str(fault)
    return f"{told}: {fault.filename}" if fault.filename else told
