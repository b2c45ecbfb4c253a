"""The built wheel; and the project's own fixtures, where it is not installed and no entry point makes them known."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kustomer_sandbox import pytest_plugin
from tests.kustomer_sandbox.builds import build

NAME = "kustomer_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(NAME):
        config.pluginmanager.register(pytest_plugin, NAME)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this working copy."""
    (built,) = build("wheel", Path(__file__).parents[2], tmp_path_factory.mktemp("wheel"))
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built wheel in it, as an installer leaves a wheel of pure Python: unpacked."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    return site
