"""The shipped documents are known to have passed every check, so that a start need not repeat them."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

from kustomer_sandbox.contracts import ContractError, load
from kustomer_sandbox.contracts.documents import are_checked, digest_of, read_documents, read_texts

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
    # By its module: the package has a function of the same name.
    monkeypatch.setattr(import_module("kustomer_sandbox.contracts.load"), "read_texts", lambda: texts)
    with pytest.raises(ContractError, match=r"tags\.yaml"):
        load()
