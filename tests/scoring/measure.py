"""Measures the simulator, its MCP server and mocks; `scores.json` keeps what came of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from kustomer_sandbox.command.checking.places import InProcess
from kustomer_sandbox.command.checking.reporting.score import Score, score_of
from kustomer_sandbox.command.checking.tools.upstream import SandboxUpstream
from kustomer_sandbox.command.checking.visit import visit_tool_server
from kustomer_sandbox.contracts.suite.running import CheckResult, run_checks
from kustomer_sandbox.contracts.suite.selecting import selected
from tests.conformance.official import install
from tests.scoring.mocks import HERE, MOCKS, NODE, MockPlace

SCORES: Final = HERE / "scores.json"
OURS: Final = "ours"


def ours() -> Score:
    """The simulator in this process, and its MCP server."""
    return score_of("Kustomer Sandbox", [*run_checks(selected(), InProcess()), *_of_our_tools()], _today())


def _of_our_tools() -> Iterator[CheckResult]:
    """A sandbox in a process of its own: its MCP server, one of its URLs for reads, and the API that it calls."""
    command = [sys.executable, "-m", "kustomer_sandbox", "up", "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            facts = json.loads(process.stdout.readline() if process.stdout else "")
            upstream = SandboxUpstream(facts["base_url"], "")
            visit = visit_tool_server(facts["mcp_url"], reads=_url_for_reads(facts), upstream=upstream)
            yield from run_checks(selected(of_tools=True), visit.place)
            visit.finish()
        finally:
            process.terminate()


def _url_for_reads(facts: Mapping[str, str]) -> str:
    answer = httpx.post(
        f"{facts['base_url']}/integrated-account/{facts['account_id']}/mcp",
        json={"name": "reads", "config": {"methods": ["read"]}},
        headers={"authorization": f"Bearer {facts['api_token']}"},
        timeout=30,
    )
    return str(answer.raise_for_status().json()["url"])


def of_mock(name: str, file: Path) -> Score:
    """A mock that serves our operations, in a process of its own."""
    with MOCKS[name].running(file, _free_port()) as origin:
        place = MockPlace(origin)
        return score_of(f"{name} ({MOCKS[name].version})", list(run_checks(selected(), place)), _today())


def measure(parts: Sequence[str]) -> None:
    """Measure those whose names have one of these parts, or all without any, and keep the scores of the rest."""
    kept: dict[str, Any] = json.loads(SCORES.read_text("utf-8")) if SCORES.exists() else {}
    if not parts or OURS in parts:
        kept[OURS] = json.loads(ours().as_json())
    mocks = [name for name in MOCKS if not parts or any(part in name for part in parts)]
    if mocks:
        install(NODE)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "openapi.json"
            command = [sys.executable, "-m", "kustomer_sandbox", "openapi"]
            file.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
            kept |= {name: json.loads(of_mock(name, file).as_json()) for name in mocks}
    ordered = {name: kept[name] for name in (OURS, *MOCKS) if name in kept}
    SCORES.write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")


def _today() -> date:
    return datetime.now(UTC).date()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
