"""The README as a newcomer plays it: an empty folder, an empty HOME, a stock Python, 40 columns.

It installs what a newcomer installs, so it needs the package index, and a warm cache to be quick: `nox -s readme`.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs import stock_python
from tests.docs.printed import ROOT, commands_of
from tests.kustomer_sandbox.builds import build

pytestmark = pytest.mark.slow

README = [command.text for command in commands_of(ROOT / "README.md")]
START, ENTER, VARIABLES, CALL = README[0], *README[4:7]
QUICKLY_SECONDS = 30
WAIT_SECONDS = 240
NOT_COPIED = shutil.ignore_patterns(".git", ".nox", ".venv", "*_cache", "__pycache__", ".hypothesis", "dist")
PASSED_ON = ("PIP_CERT", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "SSL_CERT_FILE", "HTTPS_PROXY")


@dataclass(frozen=True)
class Newcomer:
    """A copy of the project in a folder of its own, and a terminal of 40 columns."""

    folder: Path
    environment: Mapping[str, str]

    @contextmanager
    def started(self, command: str) -> Iterator[list[str]]:
        """A command that goes on until Ctrl-C; gives what it said until it was ready."""
        process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                yield list(_until_ready(process))
            finally:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(timeout=WAIT_SECONDS)

    def type(self, *lines: str) -> str:
        """Type lines into one terminal; gives all they say."""
        return subprocess.run(
            ["/bin/bash", "-ec", "\n".join(lines)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=WAIT_SECONDS,
        ).stdout


def _until_ready(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if line.startswith("Stop it with Ctrl-C"):
            return
    pytest.fail(f"it ended with {process.wait()} before it was ready")


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return arrive(tmp_path, has_ensurepip=True)


def arrive(tmp_path: Path, *, has_ensurepip: bool) -> Newcomer:
    folder, home = tmp_path / "kustomer-sandbox", tmp_path / "home"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED, symlinks=True)
    home.mkdir()
    python = stock_python.make(tmp_path / "python", has_ensurepip=has_ensurepip)
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # Packages that were fetched before need not be fetched again; nothing else of the user's is seen.
    environment["PIP_CACHE_DIR"] = os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))
    environment |= {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(home), "COLUMNS": "40", "TERM": "dumb"}
    return Newcomer(folder, environment | {"XDG_RUNTIME_DIR": str(home)})


def seconds_of_work() -> float:
    """What the ended children of this process have worked so far, those of other tests, too."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def test_the_readme_plays_as_printed(newcomer: Newcomer) -> None:
    """From nothing to Jane's masked phone: two commands and one curl. Other lines follow on the same sandbox."""
    is_crowded = os.getloadavg()[0] > (os.cpu_count() or 1)
    begun, worked = time.monotonic(), seconds_of_work()
    with newcomer.started(START) as told:
        answer = newcomer.type(ENTER, VARIABLES, CALL)
        seconds = time.monotonic() - begun
        assert json.loads(answer)["data"]["attributes"]["phones"][0]["phone"] == "***"
        assert newcomer.type(ENTER, "kustomer-sandbox status --json").startswith('{"running": [{"base_url"')
        copied = re.search(r'^  (eval ".*")$', "".join(told), re.MULTILINE)
        assert copied is not None
        assert newcomer.type(copied[1], 'echo "$MCP_URL"').startswith("http://127.0.0.1:8700/mcp/")
    work = seconds_of_work() - worked
    told_seconds = f"from nothing to the masked phone: {seconds:.1f} s, of which {work:.1f} s of work"
    print(told_seconds)  # noqa: T201 - `nox -s readme` shows it
    # Where others wait for the same cores, the clock says how many they are.
    assert (work if is_crowded else seconds) <= QUICKLY_SECONDS
    for again in ("-- --port 0 --frozen", "-- --port 0 --quiet"):
        with newcomer.started(f"{START} {again}") as told:
            assert "Kustomer Sandbox is ready.\n" in told
    assert "sandbox" in newcomer.type("python3 run.py --list")


def test_it_plays_on_a_python_without_pip(tmp_path: Path) -> None:
    """Debian and Ubuntu leave pip out unless python3-venv is installed."""
    newcomer = arrive(tmp_path, has_ensurepip=False)
    # Nor may it find the wheel of this machine's distribution.
    script = newcomer.folder / "run.py"
    script.write_text(script.read_text("utf-8").replace("/usr/share/python-wheels", "/nowhere"), "utf-8")
    assert "No module named ensurepip" in newcomer.type("python3 -m ensurepip 2>&1 || true")
    with newcomer.started(f"{START} -- --port 0") as told:
        assert "Kustomer Sandbox is ready.\n" in told


def test_the_python_is_as_distributions_ship_it(newcomer: Newcomer) -> None:
    """What the two commands were before is refused there."""
    assert "externally-managed" in newcomer.type("python3 -m pip install nox 2>&1 || true")


@pytest.mark.parametrize("runner", ["uvx", "pipx run"])
def test_an_installed_release_starts(runner: str, tmp_path: Path) -> None:
    """What the README says of a release, with the wheel that would be one; uv and pipx are installed for it."""
    (wheel,) = build("wheel", ROOT, tmp_path)
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    subprocess.run([tools / "bin" / "pip", "install", "--quiet", "uv" if runner == "uvx" else "pipx"], check=True)
    option = "--from" if runner == "uvx" else "--spec"
    environment = {**os.environ, "PATH": f"{tools / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "40"}
    reader = Newcomer(tmp_path, environment | {"XDG_RUNTIME_DIR": str(tmp_path), "PIPX_DEFAULT_PYTHON": sys.executable})
    with reader.started(f"{runner} {option} {wheel} kustomer-sandbox up --port 0") as told:
        assert "Kustomer Sandbox is ready.\n" in told
