"""Records are written through `operations.changes` alone: whoever subscribes to changes would miss any other write."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture_rules import ROOT

WRITERS = ("simulator/resources", "simulator/scenarios", "simulator/hosting", "simulator/operations/defaults.py")
"""Who changes records. `hosting` makes the machine users of keys."""

WRITES = {"insert", "update", "delete", "remove", "replace", "add", "write"}
"""The verbs of `Store`, `Records` and `UnitOfWork` that change something."""


def sources() -> dict[str, str]:
    paths = [ROOT / name for name in WRITERS]
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    return {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files}


def writes_past_the_seam(texts: Mapping[str, str]) -> list[str]:
    """Calls of a writing verb on something called `records`, `store` or `unit`, however it is reached."""
    return [f"{name}:{node.lineno} {ast.unparse(node.func)}" for name, text in texts.items() for node in _calls(text)]


def _calls(text: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            holder = ast.unparse(node.func.value).rpartition(".")[2]
            if holder.removeprefix("_") in {"records", "store", "unit"} or holder.startswith("unit_of_work("):
                yield node


def test_rules_defaults_and_scenarios_write_through_the_seam() -> None:
    """So that journal, webhooks and whoever comes next hear of every change."""
    assert writes_past_the_seam(sources()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "call.records.insert(record)",
        "context.records.write('tag', id, None, record, author)",
        "context.world.store.update('tag', id, data, {})",
        "world.records.remove('tag', id)",
        "store.delete('tag', id)",
        "world.unit_of_work().write('tag', id, None, record, author)",
    ],
)
def test_a_write_past_the_seam_is_found(planted: str) -> None:
    """A rule that says nothing about a planted fault would say nothing about a real one."""
    assert len(writes_past_the_seam({"a.py": planted})) == 1


def test_reading_and_the_seam_itself_are_no_writes() -> None:
    """The check would else refuse what it asks for."""
    fine = "changes.create(call, record)\ncall.records.get('tag', id)\nnames.add(1)\nseen.update({})\n"
    assert writes_past_the_seam({"a.py": fine}) == []
