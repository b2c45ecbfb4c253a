"""Empty environments: what is built is installed into one, described by an SBOM, and tried without the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SMOKE = Path(__file__).with_name("smoke.py")
WAIT_SECONDS = 900
HIDDEN = {"PYTHONPATH", "VIRTUAL_ENV", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "KUSTOMER_SANDBOX_CONTROL_TOKEN"}


def run(*command: object, folder: Path, **more: str) -> None:
    """Run a command in `folder`; raises `CalledProcessError` if it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in HIDDEN} | more
    subprocess.run([str(part) for part in command], cwd=folder, env=environment, check=True, timeout=WAIT_SECONDS)


def install(distribution: Path, interpreter: Path, folder: Path) -> Path:
    """An environment below `folder` with the distribution and what it needs; gives its Python."""
    folder.mkdir(parents=True)
    run("uv", "venv", "--quiet", "--python", interpreter, "venv", folder=folder)
    python = folder / "venv" / "bin" / "python"
    run("uv", "pip", "install", "--quiet", "--python", python, distribution, folder=folder)
    return python


def write_sbom(python: Path, target: Path) -> None:
    """What the distribution brings along (CycloneDX, JSON), without a word of this machine or this hour."""
    for file in python.parents[1].glob("lib/*/site-packages/*.dist-info/direct_url.json"):
        file.unlink()
    options = ("--output-reproducible", "--output-format", "JSON", "--output-file", target)
    run("cyclonedx-py", "environment", *options, python, folder=target.parent)


def smoke(distribution: Path, python: Path, folder: Path) -> None:
    """The smoke tests in an empty folder, by pytest beside the distribution."""
    named = f"kustomer-sandbox[pytest] @ {distribution.as_uri()}"
    run("uv", "pip", "install", "--quiet", "--python", python, named, folder=folder)
    empty = folder / "empty"
    empty.mkdir()
    shutil.copyfile(SMOKE, empty / "test_smoke.py")
    version = distribution.name.removesuffix(".tar.gz").split("-")[1]
    run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=empty, EXPECTED_VERSION=version, HOME=str(empty))
