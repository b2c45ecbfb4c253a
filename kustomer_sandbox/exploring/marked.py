"""`pytest --kustomer-explore`: marked tests that pass are run again, once for each fault at each call."""

from __future__ import annotations

import pytest

from kustomer_sandbox.exploring.exploration import Exploration
from kustomer_sandbox.exploring.points import CRASHES, FAULTS, point_of
from kustomer_sandbox.testkit.in_pytest.again import run_again
from kustomer_sandbox.testkit.kustomer import Kustomer

MARKER = "kustomer_explore"
FORK = "kustomer_fork"
"""Where the item keeps the world that its fixture `kustomer` is to give."""


class UnderFault(Exception):
    """The test did not pass at a point; the words are those of its failure, unless it failed by an assertion."""


def register(config: pytest.Config, worlds: pytest.StashKey[list[Kustomer]], at: str) -> None:
    """Explore marked tests of this run; `at` is one point, or empty. Raises `UsageError` for what is none."""
    config.pluginmanager.register(ExploredTests(worlds, at))


class ExploredTests:
    """The plugin. `worlds` is where an item keeps the worlds of its fixtures."""

    def __init__(self, worlds: pytest.StashKey[list[Kustomer]], at: str) -> None:
        self._worlds = worlds
        try:
            self._at = point_of(at) if at else None
        except ValueError as refusal:
            raise pytest.UsageError(f"--kustomer-explore-at: {refusal}") from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if item.get_closest_marker(MARKER) is None:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = _run(item)
        if all(report.passed for report in reports):
            self._add_findings(item, reports)
        item.session._setupstate.teardown_exact(nextitem)  # noqa: SLF001 - what was kept for the next run
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _add_findings(self, item: pytest.Item, reports: list[pytest.TestReport]) -> None:
        call = next(report for report in reports if report.when == "call")
        try:
            exploration = self._explored(item)
        except (ValueError, UnderFault) as fault:
            call.outcome, call.longrepr = "failed", f"kustomer_explore: {fault}"
            return
        if exploration.findings:
            again = (f"  --kustomer-explore-at {found.number}:{found.fault}" for found in exploration.findings)
            lines = [str(exploration), "the same again:", *again]
            call.outcome, call.longrepr = "failed", "\n".join(lines)

    def _explored(self, item: pytest.Item) -> Exploration:
        worlds: list[Kustomer] = item.stash.get(self._worlds, [])
        if len(worlds) != 1:
            raise ValueError("only tests with the fixture kustomer, and no further world, are explored")
        # What dies within a server's thread is the server.
        left_out = CRASHES if "kustomer_server" in getattr(item, "fixturenames", ()) else ()

        def job(forked: Kustomer) -> None:
            _run_again(item, forked, self._worlds)

        job.__qualname__ = item.name
        with worlds[0].anew() as origin:
            try:
                found = origin.explore(job, faults=[f for f in FAULTS if f not in left_out], at=self._at)
            finally:
                vars(item).pop(FORK, None)
        return found


def _run(item: pytest.Item) -> list[pytest.TestReport]:
    """Run a test and take down its own fixtures. Those of wider scopes stay for the next run."""
    return run_again(item, item.parent)  # type: ignore[arg-type]


def _run_again(item: pytest.Item, forked: Kustomer, worlds: pytest.StashKey[list[Kustomer]]) -> None:
    item.stash[worlds] = []
    vars(item)[FORK] = forked
    vars(item)["_request"] = None
    getattr(item, "_initrequest", lambda: None)()
    for report in _run(item):
        if not report.passed:
            crash = getattr(report.longrepr, "reprcrash", None)
            words = str(crash.message) if crash else ""
            raise UnderFault("" if words.startswith("assert") or "AssertionError" in words else words)
