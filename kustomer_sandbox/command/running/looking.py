"""The commands that look at what runs, `status` and `env`, and at what would be served: `openapi`."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kustomer_sandbox.command.refusing import usage_error

if TYPE_CHECKING:
    from kustomer_sandbox.command.running.found import Running

WhichPort = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="The one on this port; needed if several run.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")]


def env(port: WhichPort = 0) -> None:
    """Print `export KEY=...` and more of a running one.

    For a shell: `eval "$(kustomer-sandbox env)"` sets BASE, KEY, MCP_URL, DISCOVERY_URL, ACCOUNT, API_TOKEN and WORLD.
    """
    from kustomer_sandbox.command.running.ready import as_env  # noqa: PLC0415 - keeps --help quick

    sys.stdout.write(as_env(the_one_running(port).facts))


def the_one_running(port: int, *, starts: str = "kustomer-sandbox up") -> Running:
    """The sandbox that runs here, on this port if it is not 0; `starts` is the command that would start one.

    Ends with a message for the user where there is none, or more than one to choose from.
    """
    from kustomer_sandbox.command.running.found import find_running  # noqa: PLC0415 - keeps --help quick

    found = [running for running in find_running(os.environ) if port in {0, running.port}]
    if not found:
        raise usage_error(f"no sandbox runs here; `{starts}` starts one")
    if len(found) > 1:
        ports = ", ".join(str(running.port) for running in found)
        raise usage_error(f"several sandboxes run here; choose one with --port: {ports}")
    return found[0]


def status(port: WhichPort = 0, as_json: AsJson = False) -> None:
    """Tell which sandboxes run here.

    With their addresses, worlds, calls and open unmasking windows. Exit code 0, or 1 if there is none.
    """
    from kustomer_sandbox.command.running.found import find_running  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.command.running.status import as_text, seen  # noqa: PLC0415 - the same
    from kustomer_sandbox.command.settings import TOKEN_ENV  # noqa: PLC0415 - the same

    token = os.environ.get(TOKEN_ENV, "")
    found = [seen(running, token) for running in find_running(os.environ) if port in {0, running.port}]
    sys.stdout.write(json.dumps({"running": found}) + "\n" if as_json else as_text(found))
    raise typer.Exit(0 if found else 1)


def openapi() -> None:
    """Print the API's OpenAPI 3.1 document.

    It is JSON, for tools such as Prism, Spectral or Schemathesis.
    """
    from kustomer_sandbox.simulator.api import create_api  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.simulator.documentation import document  # noqa: PLC0415 - the same

    whole = document.api_document(create_api(), origin=document.USUAL_ORIGIN)
    sys.stdout.write(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
