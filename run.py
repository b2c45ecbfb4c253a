#!/usr/bin/env python3
"""Runs nox, from an environment of its own that the first call makes: nothing has to be installed before.

    python3 run.py -s sandbox                    install the project and start it
    python3 run.py -s sandbox -- --port 9000     what follows `--` goes to `kustomer-sandbox up`
    python3 run.py -s tests                      lint, types and every quick test
    python3 run.py --list                        what else there is

All arguments are nox's. A stock Debian, Ubuntu or Homebrew refuses `pip install nox` (PEP 668), and some have no pip:
so the environment is made here, in `.nox/nox`, and nothing is installed outside of this folder. This file needs
the standard library alone, in words that a Python too old for the project can read, so that it can say so.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from pathlib import Path

OLDEST = (3, 11)
NOX = "nox>=2025.2.9"
ROOT = Path(__file__).resolve().parent
PLACE = ROOT / ".nox" / "nox"
PYTHON = str(PLACE / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))

PIP_FOLDERS = (sysconfig.get_config_var("WHEEL_PKG_DIR"), "/usr/share/python-wheels")
"""Where distributions keep the wheel of pip that Python brings along elsewhere."""
PIP = (
    "https://files.pythonhosted.org/packages/07/25/"
    "ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl"
)
"""Fetched where there is none at all: Debian and Ubuntu without python3-venv."""
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def main() -> None:
    """Make the environment unless it is there, and become nox."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"Python 3.11 or newer is needed, and this is {sys.version_info[0]}.{sys.version_info[1]}. Call run.py by "
            "another: `python3.12 run.py ...`. `apt install python3.12`, `brew install python` or python.org have one."
        )
    os.chdir(str(ROOT))
    if not has_nox():
        print("Preparing nox in .nox/nox, once.", file=sys.stderr, flush=True)
        shutil.rmtree(str(PLACE), ignore_errors=True)
        make()
    command = [PYTHON, "-m", "nox", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(PYTHON, command)


def has_nox() -> bool:
    """Whether the environment works; it does not after its Python has been removed or replaced."""
    if not Path(PYTHON).exists():
        return False
    return subprocess.call([PYTHON, "-c", "import nox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def make() -> None:
    """Make an environment with nox in it, by a pip that runs from its wheel: to install it first takes longer."""
    run(sys.executable, "-m", "venv", "--without-pip", str(PLACE))
    with tempfile.TemporaryDirectory() as folder:
        wheel = pip_at_hand() or fetched_pip(Path(folder))
        run(PYTHON, str(wheel / "pip"), "install", "--quiet", "--no-compile", "--disable-pip-version-check", NOX)


def pip_at_hand() -> "Path | None":
    """The wheel of pip that this Python would put into a new environment, if it has one."""
    found = importlib.util.find_spec("ensurepip")
    folders = [Path(found.origin).parent / "_bundled"] if found and found.origin else []
    folders += [Path(folder) for folder in PIP_FOLDERS if folder]
    wheels = [wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))]
    return wheels[-1] if wheels else None


def fetched_pip(folder: Path) -> Path:
    """The wheel of pip from the package index, checked."""
    try:
        with urllib.request.urlopen(PIP) as answer:
            wheel = answer.read()
    except OSError as fault:
        sys.exit(f"This Python has no pip, and none can be fetched ({fault}): `sudo apt install python3-venv` has it.")
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        sys.exit("What came in place of pip is not pip: `sudo apt install python3-venv` has it.")
    path = folder / PIP.rpartition("/")[2]
    path.write_bytes(wheel)
    return path


def run(*command: str) -> None:
    """Run a command; ends with it if it fails."""
    code = subprocess.call(command)
    if code:
        shutil.rmtree(str(PLACE), ignore_errors=True)
        sys.exit(f"`{' '.join(command)}` failed ({code}); see above.")


if __name__ == "__main__":
    main()
