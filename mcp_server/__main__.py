"""`python -m kustomer_sandbox.mcp_server`: reads the settings once and serves."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from kustomer_sandbox.mcp_server.standalone import (
    CannotStart,
    ToolServerSettings,
    serve_http,
    serve_stdio,
)
from kustomer_sandbox.mcp_server.unmasking.notes import folder_of_neighbours


def main() -> None:
    """Parse the command line and serve until a signal says stop."""
    parser = argparse.ArgumentParser(
        prog="python -m kustomer_sandbox.mcp_server", description="MCP tools in front of a Kustomer API."
    )
    parser.add_argument("--upstream", required=True, metavar="URL", help="origin of the API, without /v1")
    parser.add_argument("--key-env", required=True, metavar="VAR", help="environment variable with the API key")
    parser.add_argument("--account", default="kustomer", metavar="ID", help="id of the integrated account")
    parser.add_argument("--state", type=Path, metavar="DIR", help="directory to keep everything in")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--allow-host", action="append", default=[], metavar="NAME", help="a name it is called by")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON line when ready")
    parser.add_argument("--stdio", action="store_true", help="serve one client on standard input and output")
    parser.add_argument("--server", default="", metavar="NAME", help="with --stdio: the MCP server to be")
    given = parser.parse_args()
    settings = ToolServerSettings(
        upstream=given.upstream,
        key_env=given.key_env,
        account_id=given.account,
        state=given.state,
        host=given.host,
        port=given.port,
        server_name=given.server,
        allowed_hosts=tuple(given.allow_host),
        neighbours=folder_of_neighbours(os.environ),
    )
    try:
        if given.stdio:
            serve_stdio(settings, os.environ)
        else:
            serve_http(settings, os.environ, as_json=given.json)
    except CannotStart as refusal:
        parser.exit(2, f"{parser.prog}: {refusal}\n")


if __name__ == "__main__":
    main()
