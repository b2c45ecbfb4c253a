"""The fixtures every test starts from: contracts, a simulator, a world of its own, a client without a socket."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest
from hypothesis import Phase, is_hypothesis_test, settings
from hypothesis.vendor.pretty import for_type_by_name

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.shared import PREPARING
from tests.suite_target import SimulatedTarget
from tests.world_client import WorldClient, opened

# The everyday run tries the same few examples each time, in CI others each day; `nox -s properties` asks for `long`.
settings.register_profile("quick", max_examples=25, deadline=None, database=None, derandomize=True)
settings.register_profile("seeded", settings.get_profile("quick"), derandomize=False, print_blob=True)
settings.register_profile("long", max_examples=1000, deadline=None, database=None, print_blob=True)
# Under doubt a failure is the answer; the smallest example of it is of no use.
settings.register_profile("doubt", settings.get_profile("quick"), phases=set(Phase) - {Phase.shrink, Phase.explain})
settings.load_profile("quick")

# A failing example is told with its fixtures, dataclasses field by field: these two would be megabytes.
for kind in (Api, World):
    for_type_by_name(kind.__module__, kind.__name__, lambda value, printer, _cycle: printer.text(type(value).__name__))


EXAMPLES = "examples"
FIGURE = "figure"
CALLS_MADE = "calls"
"""Properties of a report, from whatever process: examples tried, a line for the summary, calls by phase."""

SEED = "--hypothesis-seed"

PASSING = re.compile(r"(\d+) passing")

# They need other environments: `nox -s compat`, `nox -s converters` and `nox -s browser` make them.
collect_ignore = ["compat", "converters", *([] if find_spec("playwright") else ["browser"])]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="Write the snapshots of the tools anew.")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """In CI the seed is the day's; a seed that is given, or the day's, is of no use where chance is switched off.

    Processes that this one starts are given its options, and so its seed.
    """
    if config.getoption("--hypothesis-profile", None):
        return
    if os.environ.get("CI") and config.getoption(SEED, None) is None:
        config.option.hypothesis_seed = f"{datetime.now(UTC):%Y%m%d}"
    if config.getoption(SEED, None) is not None:
        settings.load_profile("seeded")


def pytest_report_header(config: pytest.Config) -> str | None:
    return _same_again(config)


def _same_again(config: pytest.Config) -> str | None:
    """What makes hypothesis try the same examples again, where they are not the same anyway."""
    seed = config.getoption(SEED, None)
    return None if seed is None else f"hypothesis: pytest {SEED}={seed} tries the same again"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever hypothesis drives is `properties`, so that the session of that name leaves none of it out."""
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker("properties")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A property's report carries how many examples were tried."""
    report = yield
    told = getattr(item, "hypothesis_statistics", "")
    if report.when == "call" and told:
        report.user_properties.append((EXAMPLES, sum(map(int, PASSING.findall(told)))))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the `properties` session is about: how much was tried, and the seed with which to try it again."""
    _tell_of_calls(terminalreporter, config)
    told = [
        told
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for told in report.user_properties
    ]
    for name, figure in told:
        if name == FIGURE:
            terminalreporter.write_line(figure)
    tried = [number for name, number in told if name == EXAMPLES]
    if tried and settings().max_examples > settings.get_profile("quick").max_examples:
        seed = config.getoption(SEED, None)
        terminalreporter.write_line(f"{len(tried)} properties, {sum(tried):,} examples, {SEED}={seed}")
    elif terminalreporter.stats.get("failed") and (again := _same_again(config)):
        terminalreporter.write_line(again)


def _tell_of_calls(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How many calls schemathesis has made, by its phases."""
    made: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                made.update(
                    {k: n for name, calls in report.user_properties if name == CALLS_MADE for k, n in calls.items()}
                )
    if made:
        phases = ", ".join(f"{phase} {number:,}" for phase, number in sorted(made.items()))
        seed = config.getoption("--hypothesis-seed", None)
        terminalreporter.write_line(f"{made.total():,} calls by schemathesis ({phases}), --hypothesis-seed={seed}")


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return load()


@pytest.fixture(scope="session")
def shared_api(contracts: Contracts) -> Api:
    """One simulator for the whole run; tests take worlds of their own from it."""
    api = create_api(contracts)
    for prepare in PREPARING:  # under doubt
        prepare(api.worlds)
    return api


@pytest.fixture
def world_client(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[WorldClient]:
    """An empty world with one all-powerful key that sees masks. The journal must end without faults."""
    with opened(shared_api, WorldSpec(name=request.node.nodeid, plan="ultimate")) as client:
        yield client
    assert client.faults() == []


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def simulated(shared_api: Api, request: pytest.FixtureRequest) -> Iterator[SimulatedTarget]:
    """A demo world, which has records to look at, as a target of the shipped suite."""
    with opened(shared_api, WorldSpec(name=request.node.nodeid, plan="ultimate", scenario="demo")) as client:
        yield SimulatedTarget(client)
