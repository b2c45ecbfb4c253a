"""The pytest plugin: a Kustomer world for every test that asks for one. Described in docs/testing.md.

Loaded in every test run of a project that has the package installed, so it imports nothing but pytest until one of
its fixtures is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kustomer_sandbox.testkit.kustomer import Kustomer
    from kustomer_sandbox.testkit.respx_router import KustomerRouter
    from kustomer_sandbox.testkit.server import KustomerServer, ServerThread
    from kustomer_sandbox.testkit.shared import SharedApi
    from kustomer_sandbox.testkit.tools import KustomerMcp

OPTIONS = {
    "scenario": ("demo", "what a test's world is seeded with: demo, empty, or the path of a scenario file (.yaml)"),
    "plan": ("enterprise", "the organisation's plan, which sets its requests a minute"),
    "masking": ("stars", "how masked values look: stars, object or partial"),
    "errors": ("", "whose error codes: page (the default) or recorded; a scenario file may have its own choice"),
    "masked_search": (
        "allow",
        "what searches may ask of masked values: allow (all), exact (whole values) or refuse",
    ),
    "seed": ("0", "another seed gives another world; the same gives the same bytes"),
    "start": ("", "the instant a world's time starts at, such as 2026-06-09T12:00:00Z"),
    "clock": ("frozen", "whether a world's time stands still (frozen) or runs (real)"),
    "strict": ("", "whether query parameters that the API does not know are refused (true) or ignored (false)"),
    "limits": ("", "budgets that differ, calls a minute by name, such as record_updates=120,search=10"),
}
"""The options, each `kustomer_<name>` in the ini file, `--kustomer-<name>` with dashes, and `<name>` of the marker."""

FLAGS = ("strict",)
"""Options that stand without a value on the command line, where they mean `true`."""

MARKER = "kustomer"
_KUSTOMER: pytest.StashKey[Kustomer] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kustomer", "Kustomer Sandbox")
    for name, (default, meaning) in OPTIONS.items():
        help_text = f"{meaning} (default: {default})" if default else meaning
        as_given: dict[str, Any] = (
            {"action": "store_const", "const": "true"} if name in FLAGS else {"metavar": name.upper()}
        )
        option = f"--kustomer-{name.replace('_', '-')}"
        group.addoption(option, dest=f"kustomer_{name}", default=None, help=help_text, **as_given)
        parser.addini(f"kustomer_{name}", help=help_text, default=default)


def pytest_configure(config: pytest.Config) -> None:
    names = ", ".join(OPTIONS)
    config.addinivalue_line("markers", f"{MARKER}({names}): how the world of the kustomer fixture is to be")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:  # noqa: ANN401 - what pytest makes passes through
    """Tell a failed test what happened in its world."""
    report = yield
    world = item.stash.get(_KUSTOMER, None)
    if world is not None and report.failed:
        report.sections.append(("kustomer sandbox", _world_report(world)))
    return report


def _world_report(world: Kustomer) -> str:
    from kustomer_sandbox.testkit.report import section  # noqa: PLC0415 - only when a test has failed

    try:
        return section(world)
    except Exception as fault:  # noqa: BLE001 - pytest would end the whole run, and the failure's own report with it
        return f"the world cannot be shown: {type(fault).__name__}"


@pytest.fixture(scope="session")
def _kustomer_api() -> SharedApi:
    """One simulator for the run; it holds one world at a time."""
    from kustomer_sandbox.testkit.shared import create_shared_api  # noqa: PLC0415 - most tests of a project need no world

    return create_shared_api()


@pytest.fixture
def kustomer(request: pytest.FixtureRequest, _kustomer_api: SharedApi) -> Iterator[Kustomer]:
    """A fresh Kustomer world: address, key, clients, clock, faults, journal, assertions."""
    from kustomer_sandbox.testkit.kustomer import Kustomer  # noqa: PLC0415 - imported when first asked for
    from kustomer_sandbox.testkit.settings import SettingsError, plan_of  # noqa: PLC0415

    folder, asked, log_records = request.path.parent, _asked(request), _log_records(request)
    try:
        plan = plan_of(asked, _kustomer_api.worlds, folders=(folder, request.config.rootpath))
        world = Kustomer(_kustomer_api, plan, folder=folder, log_records=log_records)
    except SettingsError as error:
        pytest.fail(f"kustomer: {error}", pytrace=False)
    with world:
        request.node.stash[_KUSTOMER] = world
        yield world


@pytest.fixture
def kustomer_mcp(kustomer: Kustomer) -> Iterator[KustomerMcp]:
    """The MCP server on the test's world, and an official client of it."""
    from kustomer_sandbox.testkit.tools import KustomerMcp  # noqa: PLC0415 - imported when first asked for

    with KustomerMcp(kustomer) as tools:
        yield tools


@pytest.fixture(scope="session")
def _kustomer_server_thread(_kustomer_api: SharedApi) -> Iterator[ServerThread]:
    from kustomer_sandbox.testkit.server import ServerThread  # noqa: PLC0415 - imported when first asked for

    with ServerThread(_kustomer_api) as thread:
        yield thread


@pytest.fixture
def kustomer_server(kustomer: Kustomer, _kustomer_server_thread: ServerThread) -> Iterator[KustomerServer]:
    """The test's world on a port of this machine: API, control API, MCP."""
    from kustomer_sandbox.testkit.server import KustomerServer  # noqa: PLC0415 - imported when first asked for

    with KustomerServer(_kustomer_server_thread, kustomer) as server:
        yield server


@pytest.fixture
def kustomer_respx(kustomer: Kustomer) -> Iterator[KustomerRouter]:
    """Every httpx client's calls to Kustomer's hosts answered by the test's world."""
    from kustomer_sandbox.testkit.respx_router import KustomerRouter  # noqa: PLC0415 - imported when first asked for

    router = KustomerRouter(kustomer.api)
    with router:
        yield router


def _log_records(request: pytest.FixtureRequest) -> Callable[[], list[logging.LogRecord]]:
    """Gives what the test has logged so far; nothing where pytest's capturing of logs is turned off."""
    if not request.config.pluginmanager.has_plugin("logging-plugin"):
        return list
    caplog: pytest.LogCaptureFixture = request.getfixturevalue("caplog")
    return lambda: [*caplog.get_records("setup"), *caplog.get_records("call")]


def _asked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options: the nearest marker first, then the command line, then the ini file."""
    config = request.config
    asked = {name: config.getoption(f"kustomer_{name}", None) or config.getini(f"kustomer_{name}") for name in OPTIONS}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        unknown = sorted(marker.kwargs.keys() - OPTIONS.keys())
        if marker.args or unknown:
            wrong = f"does not know {', '.join(unknown)}" if unknown else "takes names only"
            pytest.fail(f"the kustomer marker {wrong}; it takes {', '.join(OPTIONS)}", pytrace=False)
        asked |= marker.kwargs
    return asked
