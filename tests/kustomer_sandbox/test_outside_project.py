"""The wheel in a project outside this repository: its fixtures alone find what is wrong with a client."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.kustomer_sandbox.outside_project import CLIENT, FOUND, PYPROJECT, TESTS, broken

ROOT = Path(__file__).parents[2]
pytest_plugins = ["pytester"]
WHEREABOUTS = "def test_installed(kustomer):\n    import kustomer_sandbox\n    print('installed in', kustomer_sandbox.__file__)\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built wheel in it, as an installer leaves a wheel of pure Python: unpacked."""
    built, site = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("kustomer_sandbox-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    return site


@pytest.fixture
def project(pytester: pytest.Pytester, installed: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The project, with the wheel before all else on its path."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.path.joinpath("pyproject.toml").write_text(PYPROJECT, "utf-8")
    pytester.path.joinpath("test_acme.py").write_text(TESTS, "utf-8")
    return pytester


def run(project: pytest.Pytester, client: str) -> pytest.RunResult:
    project.path.joinpath("acme.py").write_text(client, "utf-8")
    # The plugin is named as its entry point names it; left to themselves, this environment's others would load, too.
    return project.runpytest_subprocess("-p", "kustomer_sandbox", "-p", "no:cacheprovider", "-rA")


def test_the_bugs_of_a_client_are_found(project: pytest.Pytester, installed: Path) -> None:
    """Each by its test and for its reason; with the wheel that users get, not with this working copy."""
    project.path.joinpath("test_whereabouts.py").write_text(WHEREABOUTS, "utf-8")
    result = run(project, broken())
    result.assert_outcomes(passed=1, failed=len(FOUND))
    result.stdout.fnmatch_lines_random([f"*FAILED test_acme.py::{name}*" for name in FOUND])
    result.stdout.fnmatch_lines_random([f"*{words}*" for words in FOUND.values()])
    result.stdout.fnmatch_lines([f"installed in {installed}*"])
    assert result.stdout.str().count("- kustomer sandbox -") == len(FOUND)


def test_the_fixed_client_passes(project: pytest.Pytester) -> None:
    """The same tests, without a warning."""
    run(project, CLIENT).assert_outcomes(passed=len(FOUND))
