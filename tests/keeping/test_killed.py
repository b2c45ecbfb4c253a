"""`kill -9` during every kind of write: the store opens again, nothing answered is missing, nothing is half done."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.keeping.conftest import NewStore
from tests.keeping.kept_stage import KeptStage
from tests.keeping.killing import PLAN, killed, whole, write

KILLS = int(os.environ.get("KILLS", "200"))


MANY = pytest.param(KILLS, marks=[pytest.mark.slow, pytest.mark.conformance, pytest.mark.timeout(3600)])


@pytest.mark.parametrize("kills", [3, MANY], ids=["few", "many"])
def test_what_was_answered_is_there_and_what_was_not_is_whole(new_store: NewStore, tmp_path: Path, kills: int) -> None:
    """After each kill the worlds are those of a process that made the same writes and still lives, to the last byte.

    One write that nobody was told of may be there, too: as a whole.
    """
    chance, done = random.Random(kills), 0  # noqa: S311 - chooses when to kill, the same each time
    store = new_store("killed")
    living = KeptStage(tmp_path / "living.db", **PLAN)
    KeptStage(store, **PLAN).end()
    for _ in range(kills):
        for _ in range(killed(store, done, chance, most=60)):
            write(living, done)
            done += 1
        found = KeptStage(store, **PLAN)
        if whole(found) != whole(living):
            write(living, done)
            done += 1
        assert whole(found) == whole(living), done
        found.end()
    assert done >= kills
    living.end()
