"""The command `drift`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error

File = Annotated[Path, typer.Argument(help="An OpenAPI 3 document, as JSON.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]


def drift(file: File, as_json: AsJson = False) -> None:
    """Compare a vendor's OpenAPI file with the contracts.

    By operation, parameter, field, enum and limit: what breaks those who rely on the contracts, what is new, and the
    tools that it touches. Exit code 0, or 1 if something differs.
    """
    import orjson  # noqa: PLC0415 - keeps --help quick

    from kustomer_sandbox.command.checking.drifting import drift as comparing  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.model import ContractError  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.sources.unserved import unserved_operations  # noqa: PLC0415 - the same
    from kustomer_sandbox.contracts.suite.laws.promised import promised  # noqa: PLC0415 - the same

    try:
        document = orjson.loads(file.read_bytes())
        known = frozenset((one.method, one.path) for one in unserved_operations())
        report = comparing.drift(document, promised(), known)
    except OSError as fault:
        raise usage_error(f"{file} cannot be read: {fault.strerror}") from None
    except (ContractError, KeyError, TypeError, AttributeError, ValueError) as fault:
        raise usage_error(f"{file} is no OpenAPI document as JSON: {type(fault).__name__}") from None
    typer.echo(report.as_json() if as_json else report.as_text())
    raise typer.Exit(1 if report.found else 0)
