"""The wheel in a project outside this repository: its fixtures alone find what is wrong with a client."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.kustomer_sandbox.outside_project import CLIENT, FOUND, PYPROJECT, TESTS, broken

pytest_plugins = ["pytester"]
PYTEST = str(Path(sys.executable).with_name("pytest"))
# The plugin is named as its entry point names it; left to themselves, this environment's others would load, too.
OPTIONS = ("-p", "kustomer_sandbox", "-p", "no:cacheprovider")
OLD_NAMES = ("contracts", "mcp_server", "sandbox", "simulator")
OWN_PACKAGES = """
import httpx
import contracts.own, mcp_server.own, sandbox.own, simulator.own
from kustomer_sandbox import Kustomer, KustomerMcp, KustomerServer

OWN = [contracts.own.OWNER, mcp_server.own.OWNER, sandbox.own.OWNER, simulator.own.OWNER]

def test_its_own_packages():
    assert OWN == ["acme contracts", "acme mcp_server", "acme sandbox", "acme simulator"]

def test_kustomer(kustomer: Kustomer):
    assert kustomer.client().get("/v1/teams").status_code == 200

def test_kustomer_mcp(kustomer_mcp: KustomerMcp):
    assert kustomer_mcp.call("kustomer_customers_using_email", email="jane.doe@example.com")["id"]

def test_kustomer_server(kustomer_server: KustomerServer):
    headers = {"Authorization": f"Bearer {kustomer_server.api_key}"}
    assert httpx.get(f"{kustomer_server.base_url}/v1/teams", headers=headers).status_code == 200
    assert kustomer_server.mcp_url

def test_kustomer_respx(kustomer, kustomer_respx):
    headers = {"Authorization": f"Bearer {kustomer.api_key}"}
    assert httpx.get("https://api.kustomerapp.com/v1/teams", headers=headers).status_code == 200

"""
WHEREABOUTS = (
    "def test_installed(kustomer):\n    import kustomer_sandbox\n    print('installed in', kustomer_sandbox.__file__)\n"
)

TYPED = """
from kustomer_sandbox import Kustomer, KustomerMcp, KustomerServer, world

def test_fixtures(kustomer: Kustomer, kustomer_mcp: KustomerMcp, kustomer_server: KustomerServer) -> None:
    address: str = kustomer.base_url + kustomer_server.mcp_url
    data: dict[str, object] = kustomer_mcp.call("kustomer_customers_using_email", email=address)
    assert data

def test_world() -> None:
    with world(scenario="demo", masking="object", clock="real") as made:
        kustomer: Kustomer = made
        kustomer.client(key=1)  # wrong
        world(clock="stopped")  # wrong
        kustomer.nothing  # wrong
"""


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
    return project.runpytest_subprocess(*OPTIONS, "-rA")


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


@pytest.mark.parametrize("command", [[PYTEST], [sys.executable, "-m", "pytest"]], ids=["pytest", "python -m pytest"])
def test_a_project_may_have_packages_of_our_old_names(
    project: pytest.Pytester, installed: Path, command: list[str]
) -> None:
    """A contract-testing project often has one called contracts; `python -m` puts the project itself on the path."""
    project.path.joinpath("test_acme.py").unlink()
    project.path.joinpath("conftest.py").touch()  # puts its folder on the path under `pytest`, too
    for name in OLD_NAMES:
        project.mkpydir(name).joinpath("own.py").write_text(f"OWNER = 'acme {name}'\n", "utf-8")
    project.path.joinpath("test_fixtures.py").write_text(OWN_PACKAGES + WHEREABOUTS, "utf-8")
    result = project.run(*command, *OPTIONS, "-rP")
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines([f"installed in {installed}*"])


def test_the_types_of_the_public_names_are_seen_from_outside(project: pytest.Pytester, installed: Path) -> None:
    """They are loaded late, and yet a strict type checker finds every mistake in their use, and no other."""
    pytest.importorskip("mypy")
    project.makepyfile(typed=TYPED)
    # The user's packages are first-party, ours is installed: its own source is not what is checked here.
    command = [sys.executable, "-m", "mypy", "--strict", "--no-color-output", "--cache-dir=cache", "typed.py"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MYPYPATH", str(installed))
        result = project.run(*command)
    wrong = [number for number, line in enumerate(TYPED.lstrip().splitlines(), 1) if line.endswith("# wrong")]
    assert [int(line.split(":")[1]) for line in result.outlines if ": error:" in line] == wrong, result.outlines
