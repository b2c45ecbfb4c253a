"""An agent as a program: makes the tool calls of a file at the MCP URL of its environment. Standard library alone."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path


def main() -> None:
    url = os.environ.get("KUSTOMER_MCP_URL") or os.environ["MCP_URL"]
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    for number, call in enumerate(json.loads(Path(sys.argv[1]).read_text("utf-8")), 1):
        params = {"name": call["tool"], "arguments": call["arguments"]}
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            answer.read()


if __name__ == "__main__":
    main()
