"""Running a test again within a run of pytest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import pytest
from _pytest.runner import runtestprotocol  # the only way to run a test again; pytest-rerunfailures has it too


def run_again(item: pytest.Item, following: pytest.Item | None) -> list[pytest.TestReport]:
    """The reports of a test's phases, which nobody else is told of. Fixtures of wider scopes than both stay."""
    return runtestprotocol(item, log=False, nextitem=following)


def run_all_again(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, list[pytest.TestReport]]]:
    """The same for several, one after another, for which wider fixtures are made once."""
    for item, following in zip_longest(items, items[1:]):
        yield item, run_again(item, following)
