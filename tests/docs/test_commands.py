"""Every command of README and documentation is played as it stands there, or is in a list with the reason why not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.printed import FENCE, ROOT, Command, commands

COMMANDS = commands()
AS_PRINTED = "tests/docs/test_readme_as_printed.py::test_the_readme_plays_as_printed"
RELEASE = "tests/docs/test_readme_as_printed.py::test_an_installed_release_starts"
GRADED = "tests/grading/test_asking_for_a_grade.py::test_the_command_grades_what_runs"
EXPLORED = "tests/kustomer_sandbox/test_exploring_programs.py::test_a_program_is_run_at_every_point"
REPLICAS = "tests/keeping/test_replica_processes.py::test_what_is_made_at_one_sandbox_is_there_at_the_other"
WORKERS = "tests/keeping/test_several_workers.py::test_tools_work_whichever_process_is_asked_and_outlive_one"
PLAYED_ELSEWHERE = {
    "python3 run.py -s sandbox": AS_PRINTED,
    "python3 run.py -s sandbox -- --port 0 --frozen": AS_PRINTED,
    "python3 run.py -s sandbox -- --port 0 --quiet": AS_PRINTED,
    "python3 run.py --list": AS_PRINTED,
    "uvx kustomer-sandbox up": RELEASE,
    "pipx run kustomer-sandbox up": RELEASE,
    "kustomer-sandbox explore -- python take_over.py": EXPLORED,
    "kustomer-sandbox grade": GRADED,
    "kustomer-sandbox up --store postgresql+psycopg://sandbox@db.example.com/sandbox": REPLICAS,
    "kustomer-sandbox up --workers 2 --store postgresql+psycopg://sandbox:secret@db.example.com/sandbox": WORKERS,
    "pytest --kustomer-errors=page": "tests/docs/test_commands.py::test_a_suite_can_be_run_under_both_vocabularies",
    "pytest --kustomer-errors=recorded": "tests/docs/test_commands.py::test_a_suite_can_be_run_under_both_vocabularies",
}
"""Command -> the test that plays it."""

NOT_PLAYED = {
    "python3 run.py -s tests": "it is what runs these tests, and what CI plays",
    "python3 run.py": "the same, in three sessions",
    "python3 run.py -s tests -- tests/simulator/test_gate.py": "the same with fewer tests",
    "python3 run.py -s score": "it installs mocks and measures them for minutes",
    'claude mcp add --transport http kustomer "$MCP_URL"': "it needs Claude Code, and changes its user's settings",
    "python -m pip install 'kustomer-sandbox[pytest]'": "it needs a release; test_wheel installs what would be one",
    "pip install 'kustomer-sandbox[postgres]'": "the same",
    "pip install opentelemetry-distro opentelemetry-exporter-otlp": "it needs a network, and another environment",
    "opentelemetry-instrument kustomer-sandbox mcp --upstream … --key-env …": "it needs what the line before installs",
}
"""Command -> why no test plays it."""

SERVES = re.compile(r"kustomer-sandbox (up|simulator|mcp(?! rotate))\b")
OWN_PORT = re.compile(r"--port \d+|(?=\Z)")
WAIT_SECONDS = 60
BASH = shutil.which("bash") or ""


@dataclass(frozen=True)
class Shell:
    """A folder, and an environment in which a reader's variables are set, next to a running sandbox."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, "-c", f"set -eu\n{command}"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )

    def first_line(self, command: str) -> str:
        """What a command that goes on until it is stopped says first, on a free port."""
        free = OWN_PORT.sub(" --port 0", command, count=1)
        with subprocess.Popen(
            [BASH, "-c", f"exec env {free}"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                return process.stdout.readline()
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """With the command on its PATH, the documentation's files in its folder, and what `eval` of `env` sets."""
    folder, home, tools = (tmp_path_factory.mktemp(name) for name in ("folder", "home", "bin"))
    script = tools / "kustomer-sandbox"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kustomer_sandbox "$@"\n', "utf-8")
    script.chmod(0o755)
    for block in FENCE.finditer((ROOT / "docs" / "scenarios.md").read_text("utf-8")):
        if name := re.match(r"# (\S+\.yaml)\n", block[2]):
            (folder / name[1]).write_text(block[2], "utf-8")
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    environment |= {"PYTHONPATH": str(ROOT), "PWD": str(folder), "COLUMNS": "40"}
    alone = Shell(folder, environment)
    with subprocess.Popen(
        [str(script), "up", "--port", "0", "--json", "--quiet"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            told = alone.run('eval "$(kustomer-sandbox env)" && export ACME_KEY="$KEY" && env').stdout
            yield Shell(folder, dict(line.partition("=")[::2] for line in told.splitlines() if "=" in line))
        finally:
            process.terminate()


PLAYED = [command for command in COMMANDS if command.text not in {**PLAYED_ELSEWHERE, **NOT_PLAYED}]
ORDER = {command: place for place, command in enumerate(PLAYED)}


@pytest.mark.skipif(not BASH, reason="the commands are a shell's")
def test_every_command_does_what_is_shown(shell: Shell) -> None:
    """In the order in which they are printed: some need what an earlier one has made."""
    failures = [told for command in PLAYED if (told := fault_of(shell, command))]
    assert failures == []


def fault_of(shell: Shell, command: Command) -> str:
    """What went wrong, empty if nothing did. A shown answer counts up to its first `…`."""
    if SERVES.search(command.text) and "$(" not in command.text:
        said = shell.first_line(command.text)
        expected = command.shown.partition(":")[0] if "--json" in command.text else "Kustomer Sandbox is ready."
        return "" if said.startswith(expected) and said else f"{command.name} said {said!r}"
    done = shell.run(with_failure(command.text))
    if done.returncode or not flat(done.stdout).startswith(flat(command.shown.partition("…")[0])):
        return f"{command.name} `{command.text}`: {done.returncode}, {done.stdout[:200]!r}, {done.stderr[-200:]!r}"
    return ""


def flat(answer: str) -> str:
    """JSON is printed with spaces or without."""
    return answer.replace('": ', '":').replace(', "', ',"')


def with_failure(command: str) -> str:
    """The command, in which curl fails where the answer is a refusal."""
    return re.sub(r"\bcurl\b(?! --fail)", "curl --silent --show-error --fail", command)


def test_each_command_that_is_not_played_here_is_still_printed() -> None:
    """A line of the lists that no page prints any more would hide the next one that is like it."""
    printed = {command.text for command in COMMANDS}
    assert [text for text in {**PLAYED_ELSEWHERE, **NOT_PLAYED} if text not in printed] == []


@pytest.mark.parametrize("test", sorted(set(PLAYED_ELSEWHERE.values())))
def test_the_test_that_plays_a_command_exists(test: str) -> None:
    """It is named, so it must be there."""
    file, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text("utf-8")


def test_a_suite_can_be_run_under_both_vocabularies(tmp_path: Path) -> None:
    """As docs/errors.md prints it: the same test sees each choice."""
    (tmp_path / "test_codes.py").write_text(
        "def test_code(kustomer, request):\n"
        "    code = kustomer.client().get('/v1/nothing').json()['errors'][0]['code']\n"
        "    asked = request.config.getoption('kustomer_errors')\n"
        "    assert code == {'page': 'not_found', 'recorded': 'notfound'}[asked]\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": os.environ["PATH"]}
    for words in ("page", "recorded"):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "kustomer_sandbox.pytest_plugin",
            "-p",
            "no:cacheprovider",
        ]
        done = subprocess.run(
            [*command, f"--kustomer-errors={words}"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "1 passed" in done.stdout, done.stdout
