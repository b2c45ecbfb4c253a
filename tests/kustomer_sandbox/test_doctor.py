"""`kustomer-sandbox doctor`: what is amiss is found and told, and nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kustomer_sandbox.serving import listen
from tests.kustomer_sandbox.test_command_line import call, running

UNREACHABLE = "http://127.0.0.1:9"


def found(home: Path, *words: str, **variables: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code, and verdict and words by what was looked at."""
    done = call(home, "doctor", "--json", *words, **variables)
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, {check["name"]: (check["verdict"], check["told"]) for check in checks}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def test_a_healthy_machine_has_nothing_to_mend(home: Path) -> None:
    """Python, libraries, settings, ports and the folder for what runs."""
    code, checks = found(home)
    assert code == 0
    assert checks.keys() >= {
        "python",
        "kustomer-sandbox",
        "mcp",
        "pytest",
        "settings file",
        "port 8700",
        "runtime folder",
    }
    assert call(home, "doctor").stdout.endswith("All is well.\n")


def test_a_broken_settings_file_is_found_and_not_tripped_over(home: Path) -> None:
    """The command that helps must work when the others do not."""
    (home / "kustomer-sandbox.toml").write_text("prot = 1")
    code, checks = found(home)
    assert (code, checks["settings file"]) == (
        1,
        ("mend", "kustomer-sandbox.toml has no setting prot; did you mean port?"),
    )


def test_a_variable_that_no_option_reads_is_noted(home: Path) -> None:
    """It would be ignored in silence."""
    code, checks = found(home, SCENRIO="empty")
    told = "no option reads KUSTOMER_SANDBOX_SCENRIO; did you mean KUSTOMER_SANDBOX_SCENARIO?"
    assert (code, checks["variable"]) == (0, ("note", told))


def test_a_taken_port_is_noted_and_a_sandbox_on_it_is_known(home: Path) -> None:
    """Of another program, and of ours."""
    with listen("127.0.0.1", 8702):
        assert found(home)[1]["port 8702"][0] == "note"


def test_an_upstream_is_asked(home: Path) -> None:
    """With a key, without one, with a wrong one, and where nobody is."""
    with running(home) as ready:
        at = ("--upstream", ready["base_url"])
        variables = {"RIGHT": ready["api_key"], "WRONG": "nothing"}
        keys = [(), ("--key-env", "KUSTOMER_SANDBOX_RIGHT"), ("--key-env", "KUSTOMER_SANDBOX_WRONG")]
        told = [found(home, *at, *key, **variables)[1]["upstream"] for key in keys]
    code, nowhere = found(home, "--upstream", UNREACHABLE)
    assert [verdict for verdict, _ in told] == ["ok", "ok", "mend"]
    assert told[2][1] == "answers, and refuses the key (401)"
    assert (code, nowhere["upstream"][0]) == (1, "mend")


def test_a_state_is_tried_and_none_is_made(home: Path) -> None:
    """One that is damaged, and one that is not there yet."""
    assert found(home, "--state", "new")[1]["state"][0] == "note"
    assert not (home / "new").exists()
    damaged = home / "kept"
    damaged.mkdir(mode=0o700)
    (damaged / "state.sqlite3").write_bytes(b"nothing of ours" * 100)
    code, checks = found(home, "--state", "kept")
    assert (code, checks["state"][0]) == (1, "mend")


def test_it_runs_without_the_extras(home: Path) -> None:
    """It tells what they would bring."""
    script = (
        "import importlib.metadata as m; real = m.version\n"
        "def version(name):\n"
        "    if name in {'pytest', 'fastapi'}: raise m.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "m.version = version\n"
        "import sys; sys.argv = ['kustomer-sandbox', 'doctor', '--json']\n"
        "from kustomer_sandbox.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=home, capture_output=True, text=True, check=False)
    checks = {check["name"]: check["verdict"] for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, checks["pytest"], checks["fastapi"]) == (1, "note", "mend")
