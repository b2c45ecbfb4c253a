"""The shipped documents are known to have passed every check, so that a start need not repeat them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.resources import files
from inspect import unwrap
from pathlib import Path

import pytest

from kustomer_sandbox.contracts import ContractError, load
from kustomer_sandbox.contracts.documents import COMPONENT_KINDS, are_checked, digest_of, read_documents, read_texts
from kustomer_sandbox.contracts.vocabulary.openapi import COMPONENTS

CHECKED = Path(str(files("kustomer_sandbox.contracts") / "checked.txt"))


def test_the_shipped_documents_pass_every_check_and_are_kept_as_checked(request: pytest.FixtureRequest) -> None:
    """The digest stands for this very run of the checks; refresh it with `--update-snapshots`."""
    load(read_documents())
    if request.config.getoption("--update-snapshots"):
        CHECKED.write_text(digest_of(read_texts()) + "\n", encoding="utf-8")
    assert are_checked(read_texts())


def test_checked_or_not_the_same_contracts_come_of_the_documents() -> None:
    """The checks refuse; they change nothing."""
    assert load(read_documents()) == load()


def test_a_touched_document_is_checked_at_every_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """One letter is enough."""
    texts = read_texts()
    texts["tags.yaml"] = texts["tags.yaml"].replace("x-resource:", "x-resourse:", 1)
    assert not are_checked(texts)
    # By its module: the package has a function of the same name. As in a process that has not read them yet.
    module = import_module("kustomer_sandbox.contracts.load")
    monkeypatch.setattr(module, "read_texts", lambda: texts)
    monkeypatch.setattr(module, "_shipped", unwrap(vars(module)["_shipped"]))
    with pytest.raises(ContractError, match=r"tags\.yaml"):
        load()


def test_a_start_with_checked_documents_does_not_load_what_checks_them() -> None:
    """Vocabulary and checks are a quarter of what contracts take to load."""
    code = "import sys; from kustomer_sandbox.contracts import load; load(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    checking = ("kustomer_sandbox.contracts.vocabulary.forms", "kustomer_sandbox.contracts.checks")
    assert [name for name in loaded if name.startswith(checking)] == []


def test_the_parts_that_are_merged_are_those_the_vocabulary_knows() -> None:
    """They are listed once more where documents are merged, which does without the vocabulary."""
    assert list(COMPONENT_KINDS) == sorted(key.name for key in COMPONENTS.keys)
