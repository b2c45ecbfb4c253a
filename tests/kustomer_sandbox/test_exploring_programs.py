"""`kustomer-sandbox explore -- CMD`: each run of a program is a process, killed where it crashes."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kustomer_sandbox.cli import app
from kustomer_sandbox.testkit.server.programs import Program
from kustomer_sandbox.testkit.server.thread import KustomerServer

CARELESS = """
import json, os, urllib.error, urllib.request

def ask(path, body=None):
    headers = {"Authorization": "Bearer " + os.environ["KEY"], "content-type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(os.environ["BASE"] + path, data, headers), timeout=5) as answer:
        return json.load(answer)

ask("/v1/teams")
try:
    ask("/v1/customers", {"name": "Ada"})
except urllib.error.HTTPError as refusal:
    print("refused with", os.environ["KUSTOMER_API_KEY"] if refusal.code == 503 else refusal.code)
"""


def explore(folder: Path, *options: str, program: str = CARELESS) -> subprocess.CompletedProcess[str]:
    (folder / "careless.py").write_text(program, "utf-8")
    command = [sys.executable, "-m", "kustomer_sandbox", "explore", *options, "--", sys.executable, "careless.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_program_is_run_at_every_point(tmp_path: Path) -> None:
    """It is killed in the middle of a call, started again, and what it prints is looked at."""
    faults = ("refused_400", "refused_503", "crash_before", "crash_after", "reset")
    done = explore(tmp_path, "--json", *(part for fault in faults for part in ("--fault", fault)))
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert (found["calls"], found["points"]) == (["GetTeams", "CreateCustomer"], 10)
    places = [(finding["rule"], finding["number"], finding["fault"]) for finding in found["findings"]]
    assert places == [("half_done", 2, "refused_400"), ("leak", 2, "refused_503"), ("effect_twice", 2, "crash_after")]


def test_a_program_that_does_not_end_is_stuck(tmp_path: Path) -> None:
    program = "import os, urllib.request as u\ntry:\n    u.urlopen(os.environ['BASE'])\nfinally:\n    input\n"
    done = explore(tmp_path, program=program)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kustomer-sandbox: the program fails before anything goes wrong: exit code 1")
    patient = CARELESS.replace(", timeout=5", "")
    done = explore(tmp_path, "--at", "1:timeout", "--limit", "3", program=patient)
    assert (done.returncode, "stuck: the program was still running" in done.stdout) == (1, True)


LEAVES_ONE = """
import os, subprocess, sys
wait = [
    "import fcntl, os, time",
    "lock = open(f'left-{os.getpid()}', 'w')",
    "fcntl.flock(lock, fcntl.LOCK_EX)",
    "print('locked', file=lock, flush=True)",
    "time.sleep(60)",
]
left = subprocess.Popen([sys.executable, "-c", "; ".join(wait)], start_new_session=IS_DAEMON)
while not os.path.exists(f"left-{left.pid}") or not open(f"left-{left.pid}").read():
    pass
print("done with", os.environ["KUSTOMER_BASE_URL"])
"""


@pytest.mark.parametrize("is_daemon", [False, True])
def test_a_program_has_ended_when_it_ends_whatever_it_leaves_running(
    kustomer_server: KustomerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_daemon: bool
) -> None:
    """What it has left holds on to its output, and is ended with it, unless it is a daemon."""
    monkeypatch.chdir(tmp_path)
    words = [sys.executable, "-c", LEAVES_ONE.replace("IS_DAEMON", str(is_daemon))]
    ended = Program(words=words, environment=os.environ, limit=20).run(kustomer_server, {})
    assert ended == (0, f"done with {kustomer_server.base_url}\n")
    (left,) = tmp_path.glob("left-*")
    if is_daemon:
        os.kill(int(left.name.partition("-")[2]), signal.SIGKILL)
    with left.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # waits for its end


def test_a_program_that_is_not_there_is_told_by_its_name() -> None:
    for command in (["explore", "--"], ["run", "verify-a-phone", "--agent"]):
        done = CliRunner().invoke(app, [*command, "no-such-program"])
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.endswith("No such file or directory: no-such-program\n")


def test_what_has_ended_is_not_ended_again(kustomer_server: KustomerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another program's by then."""
    program = Program(words=[sys.executable, "-c", "print('done')"], environment={}, limit=30)
    assert program.run(kustomer_server, {}).printed == "done\n"
    monkeypatch.setattr("os.killpg", lambda *_: pytest.fail("a program that has ended was ended"))
    program.end()
