"""Plays what `action.yml` runs, as a runner would: the files that steps write to, and a folder of the job's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import urllib.request
from pathlib import Path

from kustomer_sandbox.command.running.found import find_running
from tests.release.building import ROOT
from tests.release.installing import run


def play(folder: Path) -> None:
    """Start the sandbox as the action does, ask it as the next step would, and stop it."""
    folder.mkdir()
    told = {name: folder / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runner = {name: str(path) for name, path in told.items()} | {"RUNNER_TEMP": str(folder)}
    runner |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    inputs = {"ACTION": str(ROOT), "PYTHON": sys.executable, "PORT": str(port), "ARGUMENTS": "--plan professional"}
    run("bash", ROOT / ".github" / "start-sandbox.sh", folder=folder, **runner, **inputs)
    try:
        _ask(dict(line.partition("=")[::2] for line in told["GITHUB_ENV"].read_text("utf-8").splitlines()))
    finally:
        for running in find_running(runner):
            os.kill(running.pid, signal.SIGTERM)


def _ask(variables: dict[str, str]) -> None:
    key = variables["KUSTOMER_SANDBOX_API_KEY"]
    request = urllib.request.Request(
        f"{variables['KUSTOMER_SANDBOX_URL']}/v1/teams", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request) as answer:
        if "data" not in json.load(answer):
            raise SystemExit("the action's sandbox does not answer")
