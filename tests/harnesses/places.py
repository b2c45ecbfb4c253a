"""Where harnesses run: an environment for each, and a sandbox of this project on a free port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.release import pythons

HERE = Path(__file__).parent
WAIT_SECONDS = 900
NEEDS = {"harbor": ("3.12", "3.13", "3.14")}
"""Harness -> the versions of Python that it runs on, where that is not the one that runs this."""


def command() -> str:
    """This environment's `kustomer-sandbox`."""
    return str(Path(sys.executable).with_name("kustomer-sandbox"))


def installed(harness: str, folder: Path) -> Path | None:
    """The interpreter of an environment with a harness in it, None where no Python here can have it.

    One that is there already with the same packages is taken as it is. Raises `CalledProcessError`.
    """
    python, demanded = folder / harness / "bin" / "python", HERE / f"{harness}.txt"
    mark = folder / harness / "demanded.txt"
    if mark.is_file() and mark.read_text("utf-8") == demanded.read_text("utf-8"):
        return python
    interpreter = _python_for(harness)
    if interpreter is None:
        return None
    run([interpreter, "-m", "venv", "--clear", folder / harness])
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", demanded])
    mark.write_text(demanded.read_text("utf-8"), "utf-8")
    return python


def _python_for(harness: str) -> Path | None:
    if harness not in NEEDS:
        return Path(sys.executable)
    try:
        return next(filter(None, map(pythons.find, NEEDS[harness])), None)
    except FileNotFoundError:  # the search ends with uv, which is not everywhere
        return None


def run(words: Sequence[str | Path], **environment: str) -> str:
    """What a program prints. Raises `CalledProcessError` with all that it has said."""
    done = subprocess.run(
        [str(word) for word in words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
    )
    if done.returncode:
        sys.stderr.write(f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}\n")
        done.check_returncode()
    return done.stdout


@contextmanager
def sandbox() -> Iterator[str]:
    """A running `up`; gives its URL."""
    words = [command(), "up", "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["base_url"])
        finally:
            process.terminate()
