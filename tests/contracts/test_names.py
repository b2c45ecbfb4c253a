"""The names a document gives by itself, in a file beside this one: nothing else says that `colour` was to be `color`.

`pytest tests/contracts/test_names.py --update-snapshots` writes the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kustomer_sandbox.contracts.documents import read_documents
from tests.contracts.own_names import lines

FOLDER = Path(__file__).parent / "names"
DOCUMENTS = read_documents()


def file_of(name: str) -> Path:
    return FOLDER / f"{name.removesuffix('.yaml')}.txt"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_name_is_as_its_snapshot_says(name: str, pytestconfig: pytest.Config) -> None:
    """A renamed field breaks clients, and a misspelt one looks like any other: a change shows in review."""
    now = "\n".join(lines(DOCUMENTS[name])) + "\n"
    if pytestconfig.getoption("--update-snapshots"):
        FOLDER.mkdir(exist_ok=True)
        file_of(name).write_text(now, "utf-8")
    assert now.splitlines() == file_of(name).read_text("utf-8").splitlines()


def test_no_snapshot_is_of_a_document_that_is_gone(pytestconfig: pytest.Config) -> None:
    """What describes nothing would be read as if it held."""
    stale = set(FOLDER.iterdir()) - {file_of(name) for name in DOCUMENTS}
    if pytestconfig.getoption("--update-snapshots"):
        for path in stale:
            path.unlink()
        stale = set()
    assert stale == set()
