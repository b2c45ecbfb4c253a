"""What the machines are held to: a reference that is short and nobody's, faults they find, a seed that is told."""

from __future__ import annotations

import ast
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest
from tests.proofs.nearest import ROOT

REFERENCE = ROOT / "tests/stateful/reference.py"
MACHINES = [*(ROOT / "tests/stateful").glob("test_*_machine.py"), ROOT / "tests/mcp_server/test_lease_machine.py"]


def test_the_reference_is_short_and_has_nothing_of_the_product() -> None:
    """Else it would be wrong where the product is, or nobody would read it."""
    text = REFERENCE.read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert imported <= sys.stdlib_module_names
    assert len(text.splitlines()) < 300


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.stem)
def test_a_machine_has_at_least_five_coarse_faults_to_find(machine: Path) -> None:
    """Each is planted in its everyday run, by `test_the_everyday_run_finds` beside it."""
    tree = ast.parse(machine.read_text(encoding="utf-8"))
    (faults,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and _name(node) == "FAULTS")
    assert isinstance(faults, ast.Tuple)
    assert len(faults.elts) >= 5
    assert "test_the_everyday_run_finds" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _name(node: ast.Assign) -> str:
    (target,) = node.targets
    return target.id if isinstance(target, ast.Name) else ""


@pytest.mark.parametrize(
    ("environ", "given", "seed"),
    [
        ({"CI": "true"}, None, "20260228"),
        ({"CI": "true"}, "7", "7"),
        ({"CI": ""}, "7", "7"),
        ({"CI": ""}, None, None),
    ],
    ids=["in CI", "given in CI", "given", "every day"],
)
def test_in_ci_the_seed_is_the_days_and_the_report_tells_it(
    environ: dict[str, str], given: str | None, seed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere everybody tries the same; a seed that is given wins."""
    loaded: list[str] = []
    midnight = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
    monkeypatch.setattr(conftest, "datetime", SimpleNamespace(now=midnight.astimezone))
    monkeypatch.setattr(conftest, "settings", SimpleNamespace(load_profile=loaded.append))
    monkeypatch.setenv("CI", environ["CI"])
    option = SimpleNamespace(hypothesis_seed=given)

    def getoption(name: str, _default: object) -> object:
        return option.hypothesis_seed if name == conftest.SEED else None

    config = SimpleNamespace(option=option, getoption=getoption)
    conftest.pytest_configure(config)  # type: ignore[arg-type]
    assert (option.hypothesis_seed, loaded) == (seed, ["seeded"] if seed else [])
    told = conftest.pytest_report_header(config)  # type: ignore[arg-type]
    assert told == (f"hypothesis: pytest --hypothesis-seed={seed} tries the same again" if seed else None)
