"""A world of a wider fixture is as before for every test."""

from __future__ import annotations

from typing import Any

import pytest

from kustomer_sandbox.testkit.kustomer import Kustomer


class UndoneAfterEachTest:
    """A plugin for as long as a wide world is there: before the first fixture of a test's own the world is kept.

    `worlds` is the key by which a test's worlds are found.
    """

    def __init__(self, world: Kustomer, fixture: str, worlds: pytest.StashKey[list[Kustomer]]) -> None:
        self._worlds = worlds
        self._world = world
        self._fixture = fixture
        self._item: pytest.Item | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
        if fixturedef.scope == "function":
            self._begin(request.node)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._begin(item)

    def _begin(self, item: pytest.Item) -> None:
        if item is not self._item:
            self._item = item
            if self._fixture in getattr(item, "fixturenames", ()):
                item.stash.setdefault(self._worlds, []).append(self._world)
            # The first to be added is the last to be called, after the test's own fixtures have cleaned up.
            item.addfinalizer(self._world.begin_again())
