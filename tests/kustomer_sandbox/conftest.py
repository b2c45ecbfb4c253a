"""Makes the project's own fixtures known where it is not installed, as its entry point does where it is."""

from __future__ import annotations

import pytest

from kustomer_sandbox import pytest_plugin

NAME = "kustomer_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(NAME):
        config.pluginmanager.register(pytest_plugin, NAME)
