"""What `nox -s release` does: builds, checks, installs, tries, and leaves in `dist` all that a release consists of."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.release import action, image, pythons
from tests.release.building import ROOT, build_twice, checksums
from tests.release.installing import install, smoke, write_sbom

DIST = ROOT / "dist"
NO_PLACE_YET = "AuthorEmail,Url"
"""What pyroma would have in the metadata, and the project has not: an address to write to, and one to look at."""


def main() -> None:
    """Every step; ends with 1 at the first that fails. With `--all` a missing interpreter is a failure, too."""
    asked = argparse.ArgumentParser(description=main.__doc__)
    asked.add_argument("--all", action="store_true", help="fail where an interpreter cannot be had")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        space = Path(folder)
        sdist, wheel = build_twice(DIST, space)
        say(f"built twice, the same to the byte: {sdist.name}, {wheel.name}")
        check(sdist, wheel)
        missing = try_everywhere(sdist, wheel, space)
        image.play(space / "image")
        say("the image's steps make a sandbox that answers, and remembers after a restart")
        action.play(space / "action")
        say("the action starts a sandbox, and tells the next steps where it is")
    written = [path for path in DIST.iterdir() if path.name != "SHA256SUMS"]
    (DIST / "SHA256SUMS").write_text(checksums(written), "utf-8")
    say(f"in {DIST.name}/: {', '.join(sorted(path.name for path in DIST.iterdir()))}")
    if missing:
        say(f"NOT TRIED, for there is no such Python here: {', '.join(missing)}")
    if missing and options.all:
        sys.exit(1)


def say(text: str) -> None:
    print(f"release: {text}", flush=True)  # noqa: T201 - it is a program that tells what it did


def check(sdist: Path, wheel: Path) -> None:
    """What indexes refuse, what wheels should not hold, what users miss; and the files that run elsewhere."""
    for command in (
        ["twine", "check", "--strict", sdist, wheel],
        ["check-wheel-contents", wheel],
        ["pyroma", "--min", "10", "--skip-tests", NO_PLACE_YET, sdist],
        ["hadolint", "--failure-threshold", "style", ROOT / "Dockerfile"],
        ["zizmor", "--offline", "--no-progress", "--persona", "pedantic", ROOT / ".github", ROOT / "action.yml"],
    ):
        subprocess.run([str(part) for part in command], cwd=ROOT, check=True)
        say(f"{command[0]} has nothing to say against it")


def try_everywhere(sdist: Path, wheel: Path, space: Path) -> list[str]:
    """The wheel on every version that can be had, the source distribution on this one; gives versions that cannot."""
    missing = []
    for version in (*pythons.supported(), *pythons.NEXT):
        interpreter = pythons.find(version)
        if interpreter is None:
            missing.append(version)
            continue
        folder = space / version
        python = install(wheel, interpreter, folder)
        if version == pythons.supported()[0]:
            write_sbom(python, DIST / f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json")
        smoke(wheel, python, folder)
        say(f"the wheel passes the smoke tests on Python {version}")
    folder = space / "sdist"
    smoke(sdist, install(sdist, Path(sys.executable), folder), folder)
    say("the source distribution passes them, too")
    return missing


if __name__ == "__main__":
    main()
