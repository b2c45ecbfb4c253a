"""Plays the Dockerfile's steps in an empty folder, where there is no Docker: same commands, other roots.

Not played are the base image, the making of a user, and that the sandbox runs as that user.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.release.dockerfile import ROOT, context, step
from tests.release.installing import run

TOKEN = "a control token of nobody's"
ROOTS = re.compile(r"/(?=opt/sandbox|source|var/lib/kustomer-sandbox)")
WAIT_SECONDS = 60


def play(folder: Path) -> None:
    """Build, start, ask, stop and start again; raises if a step fails or the second start forgot the first."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in context():
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, source / name)
    shutil.rmtree(source / "kustomer_sandbox")
    shutil.copytree(ROOT / "kustomer_sandbox", source / "kustomer_sandbox", symlinks=True)
    built = inside(folder, step(0, "RUN").value).replace("python -m venv", f"{sys.executable} -m venv")
    run("sh", "-euc", built, folder=source)
    kept = Path(inside(folder, step(1, "WORKDIR").value))
    kept.mkdir(mode=0o700, parents=True)
    environment = settings(folder)
    with started(kept, environment):
        made = asked(environment, "POST", "/_sandbox/worlds", {"scenario": "empty", "name": "kept"})
    with started(kept, environment):
        answer = asked(environment, "GET", "/v1/teams", key=str(made["api_key"]))
    if "data" not in answer:
        raise SystemExit("the image's sandbox has forgotten a world")


def inside(folder: Path, text: str) -> str:
    """A path, or a command, with the image's roots in `folder`."""
    return ROOTS.sub(f"{folder}/", text)


def settings(folder: Path) -> dict[str, str]:
    """What the image sets, on a free port and with a token, as its user would."""
    given = {name: inside(folder, value) for name, value in step(1, "ENV").settings.items()}
    given["PATH"] = given["PATH"].replace("$PATH", os.environ["PATH"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    return given | home | {"KUSTOMER_SANDBOX_PORT": str(port), "KUSTOMER_SANDBOX_CONTROL_TOKEN": TOKEN}


@contextmanager
def started(kept: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """The image's command until its own health check is content; stopped as Docker stops it."""
    command = [*step(1, "ENTRYPOINT").words, *step(1, "CMD").words]
    health = step(1, "HEALTHCHECK").words
    with subprocess.Popen(["/usr/bin/env", *command], cwd=kept, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + WAIT_SECONDS
            while subprocess.run(
                ["/usr/bin/env", *health], env=environment, capture_output=True, check=False
            ).returncode:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the image's sandbox does not become healthy")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
    if process.returncode not in {0, -signal.SIGTERM}:
        raise SystemExit(f"the image's sandbox ended with {process.returncode} when it was stopped")


def asked(
    environment: Mapping[str, str], method: str, path: str, body: object = None, key: str = TOKEN
) -> Mapping[str, object]:
    """An answer, asked for by the name that the image allows."""
    headers = {"Host": environment["KUSTOMER_SANDBOX_ALLOW_HOST"], "Authorization": f"Bearer {key}"}
    data = None if body is None else json.dumps(body).encode()
    url = f"http://127.0.0.1:{environment['KUSTOMER_SANDBOX_PORT']}{path}"
    request = urllib.request.Request(url, data, headers | {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as answer:
        found: Mapping[str, object] = json.load(answer)
    return found
