"""The official MCP checks, pinned: nothing that applies to the product fails, and its plumbing carries everything."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.mcp_server.tools.read_unmasked import build_catalogue
from tests.conformance.conftest import Facts
from tests.conformance.official import EXPECTED, RELEASED, REVISIONS, entries, inspect, required, run_suite

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

Say = Callable[[str], None]


@pytest.mark.parametrize("requirement", [RELEASED, *REVISIONS])
def test_the_product_fails_only_what_a_server_of_tools_does_not_have(
    product: Facts, tmp_path: Path, say: Say, requirement: str
) -> None:
    """Every expected failure has its reason beside it, and is still one: a fixed or misspelt entry is told."""
    expected = EXPECTED / f"{requirement}.yaml"
    excused = entries(expected)
    result = run_suite(requirement, product["mcp_url"], out=tmp_path, expected=expected)
    assert result.status == 0, result.printed
    failing = result.bad()
    scenarios = {bad.partition(":")[0] for bad in failing}
    assert {bad for bad in failing if not {bad, bad.partition(":")[0]} & excused} == set()
    assert excused - failing - scenarios == set()
    whole = result.clean()
    none = result.checks.keys() & excused
    say(
        f"conformance {requirement}, product: {len(whole)} of {len(result.checks)} scenarios passed, "
        f"{len(result.checks) - len(whole) - len(none)} more in every check that applies, "
        f"{len(none)} do not apply to a server of tools; 0 unexpected failures"
    )


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_fixture_passes_all_that_a_revision_scores(
    fixture_url: str, tmp_path: Path, say: Say, revision: str
) -> None:
    """The same gate and transports with resources, prompts and the suite's own tools behind them."""
    result = run_suite(revision, fixture_url, out=tmp_path)
    assert result.status == 0, result.printed
    scored = required(revision)
    assert scored - result.passed() == set()
    others = result.checks.keys() - scored
    say(
        f"conformance {revision}, fixture: {len(scored)} of {len(scored)} scored scenarios passed; "
        f"{len(others & result.passed())} of {len(others)} that are not scored"
    )


def test_the_fixture_passes_all_of_the_released_suite(fixture_url: str, tmp_path: Path, say: Say) -> None:
    """Pending scenarios too."""
    result = run_suite(RELEASED, fixture_url, out=tmp_path)
    assert result.status == 0, result.printed
    assert result.checks.keys() - result.passed() == set()
    assert len(result.checks) >= len(entries(EXPECTED / f"{RELEASED}.yaml"))
    say(f"conformance {RELEASED}, fixture: {len(result.passed())} of {len(result.checks)} scenarios passed")


@pytest.mark.parametrize("how", ["modern", "legacy", "sse", "stdio"])
def test_the_inspector_finds_every_tool_portable(
    product: Facts, contracts: Contracts, tmp_path: Path, say: Say, how: str
) -> None:
    """One schema that a client refuses can cost the whole list; its strict check leaves nothing to say."""
    done, listed = inspect(*target(product, how, folder=tmp_path), home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Issue:" not in done.stderr
    assert [tool["name"] for tool in listed] == list(build_catalogue(contracts))
    say(f"inspector --strict over {how}: {len(listed)} of {len(listed)} tools portable")


def target(product: Facts, how: str, *, folder: Path) -> list[str]:
    """The Inspector's options for one way to reach the product."""
    if how == "sse":
        return ["--transport", "sse", "--server-url", f"{product['mcp_url']}/sse"]
    if how != "stdio":
        return ["--transport", "http", "--server-url", product["mcp_url"], "--protocol-era", how]
    arguments = [
        "-m",
        "kustomer_sandbox",
        "mcp",
        "--stdio",
        "--upstream",
        product["base_url"],
        "--key-env",
        "SANDBOX_KEY",
    ]
    environment = {"SANDBOX_KEY": product["api_key"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    config = {"mcpServers": {"product": {"command": sys.executable, "args": arguments, "env": environment}}}
    path = folder / "servers.json"
    path.write_text(json.dumps(config), "utf-8")
    return ["--config", str(path), "--server", "product"]
