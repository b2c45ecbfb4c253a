"""`kustomer-sandbox explore -- CMD`: each run of a program is a process, killed where it crashes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
