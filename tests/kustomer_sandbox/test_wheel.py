"""What is built: one package of real files, and the same from the source distribution as from a working copy."""

from __future__ import annotations

import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.kustomer_sandbox.builds import build

ROOT = Path(__file__).parents[2]


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


def sources() -> set[str]:
    """Every file of the package in the repository, by its name in the wheel."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    linked = ("contracts/", "mcp_server/", "simulator/")
    files = (name for name in listed.splitlines() if (ROOT / name).is_file())
    return {
        name if name.startswith("kustomer_sandbox/") else f"kustomer_sandbox/{name}"
        for name in files
        if name.startswith(("kustomer_sandbox/", *linked))
    }


def test_the_wheel_holds_one_package(wheel: Path) -> None:
    """Any other top-level name could be one that a user's project has, too."""
    top = {name.split("/")[0] for name in names(wheel)}
    assert top == {"kustomer_sandbox", "kustomer_sandbox-0.1.0.dist-info"}


def test_the_wheel_holds_files_and_no_links(wheel: Path) -> None:
    """A link would point to where nothing is, once it is installed."""
    with zipfile.ZipFile(wheel) as packed:
        modes = {info.filename: info.external_attr >> 16 for info in packed.infolist()}
    assert [name for name, mode in modes.items() if stat.S_ISLNK(mode)] == []
    assert {"kustomer_sandbox/py.typed", "kustomer_sandbox/simulator/api.py"} <= modes.keys()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="compares with what git knows")
def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Contract documents and the built-in scenarios among them."""
    packed = {name for name in names(wheel) if not name.startswith("kustomer_sandbox-")}
    assert packed == sources()


def test_a_wheel_from_the_source_distribution_is_the_same(wheel: Path, tmp_path: Path) -> None:
    """Installers build one where they have no wheel; hatchling follows each link once, and could lose a folder."""
    (sdist,) = build("sdist", ROOT, tmp_path)
    with tarfile.open(sdist) as packed:
        assert [member.name for member in packed if member.issym() or member.islnk()] == []
        packed.extractall(tmp_path, filter="data")
    (unpacked,) = [folder for folder in tmp_path.iterdir() if folder.is_dir()]
    (again,) = build("wheel", unpacked, tmp_path)
    assert names(again) == names(wheel)


@pytest.mark.skipif(sys.platform == "win32", reason="a clone there needs core.symlinks: see CONTRIBUTING")
@pytest.mark.parametrize("name", ["contracts", "mcp_server", "simulator"])
def test_the_links_of_the_package_are_relative(name: str) -> None:
    """So that a working copy can be moved."""
    link = ROOT / "kustomer_sandbox" / name
    assert (link.is_symlink(), str(link.readlink())) == (True, f"../{name}")
