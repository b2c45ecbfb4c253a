"""The scripted runs through each way of running a scenario: functions that give the grades in the order of the runs."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harnesses.places import HERE, command, run
from tests.harnesses.scripted import Scripted

Grade = dict[str, Any]
PLAY = HERE / "runners" / "play.py"
START_SECONDS = 60


def calls_written(runs: Sequence[Scripted], folder: Path) -> list[Path]:
    """A file for each run, with the calls it makes."""
    files = []
    for number, scripted in enumerate(runs):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(scripted["calls"]), "utf-8")
        files.append(file)
    return files


def ours(runs: Sequence[Scripted], calls: Sequence[Path], folder: Path) -> list[Grade]:
    """Through `kustomer-sandbox run`, which leaves a bundle of each in the folder."""
    grades = []
    for scripted, file in zip(runs, calls, strict=True):
        agent = shlex.join([sys.executable, str(PLAY), str(file)])
        label = f"run-{file.stem}"
        words = ["run", scripted["scenario"], "--agent", agent, "--label", label, "--report", str(folder), "--json"]
        told = subprocess.run([command(), *words], stdout=subprocess.PIPE, text=True, check=False, timeout=600)
        grade: Grade = json.loads(told.stdout)
        assert grade.pop("exit_code") == 0, told.stdout
        grade.pop("report")
        grades.append(grade)
    return grades


def exported(
    runs: Sequence[Scripted], calls: Sequence[Path], harness: str, python: Path, url: str, folder: Path
) -> list[Grade]:
    """Through exports to OpenEnv or Inspect, in an environment that has it, next to a running sandbox."""
    homes = []
    for scripted, file in zip(runs, calls, strict=True):
        home = folder / f"{harness}-{file.stem}"
        run([command(), "export", scripted["scenario"], "--to", harness, "--out", home])
        (home / "calls.json").write_bytes(file.read_bytes())
        homes.append(home)
    told = run([python, HERE / "runners" / f"{harness}_runs.py", *homes], KUSTOMER_SANDBOX_URL=url)
    grades: list[Grade] = json.loads(told)
    return grades


def harbor(runs: Sequence[Scripted], calls: Sequence[Path], bundles: Path, folder: Path) -> list[Grade]:
    """Through exported task folders, whose scripts are run here as they would be in containers.

    Oracles by `solution/solve.sh`, made of the bundles that `ours` has left, others by the program.
    """
    return [_trial(scripted, file, bundles, folder) for scripted, file in zip(runs, calls, strict=True)]


def _trial(scripted: Scripted, calls: Path, bundles: Path, folder: Path) -> Grade:
    home, places = folder / f"harbor-{calls.stem}", _places(folder / f"trial-{calls.stem}")
    words = [command(), "export", scripted["scenario"], "--to", "harbor", "--out", str(home)]
    if scripted["agent"] == "oracle":
        bundle = bundles / f"{scripted['scenario']}-run-{calls.stem}-1" / "bundle.jsonl"
        words += ["--solution", str(bundle)]
    run(words)
    with _started(home, places):
        if scripted["agent"] == "oracle":
            run(["sh", home / "solution" / "solve.sh"], **places)
        else:
            opened = f'. "{places["HANDED"]}/kustomer.env" && exec "$0" "$@"'
            run(["sh", "-c", opened, sys.executable, PLAY, calls], **places)
        run(["sh", home / "environment" / "grade.sh"], **places)
    run(["sh", home / "tests" / "test.sh"], **places)
    grade: Grade = json.loads(Path(places["GRADE"]).read_text("utf-8"))
    reward = Path(places["LOGS"], "reward.txt").read_text("utf-8")
    assert reward == f"{int(grade['passed'])}\n", (reward, grade)
    return grade


def _places(folder: Path) -> dict[str, str]:
    """The variables by which the scripts find here what stands at fixed places in containers."""
    handed, graded = folder / "handed", folder / "graded"
    for each in (handed, graded):
        each.mkdir(parents=True)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HANDED": str(handed),
        "GRADED": str(graded),
        "GRADE": str(graded / "grade.json"),
        "LOGS": str(folder / "logs"),
    }


@contextmanager
def _started(home: Path, places: dict[str, str]) -> Iterator[None]:
    """`environment/start.sh`, until the block is left."""
    words, opened = ["sh", str(home / "environment" / "start.sh")], Path(places["HANDED"], "kustomer.env")
    with subprocess.Popen(words, env=os.environ | places, start_new_session=True) as process:
        try:
            for _ in range(START_SECONDS * 20):
                if opened.is_file() and "MCP_URL" in opened.read_text("utf-8"):
                    break
                time.sleep(0.05)
            else:
                raise TimeoutError(f"{words} has not opened a world")
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
