"""`pytest --kustomer-doubt`: which tests depend on what nobody has verified.

The run notes which rules with other readings decided something in each test's worlds. At its end the tests that such
a rule touched are run again, once for each other reading of it, and those that then fail are reported.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import pytest
from _pytest.runner import runtestprotocol

from kustomer_sandbox.contracts.sources.ledger import Behaviour, ledger
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.values.readings import RuleNotes
from kustomer_sandbox.testkit.shared import PREPARING


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependence:
    """A test that passes under the sandbox's own reading of a rule, and fails under this other one."""

    test: str
    rule: Behaviour
    reading: str


class Doubt:
    """A plugin for one run, in one process. Raises `UsageError` where tests run in several."""

    def __init__(self, config: pytest.Config) -> None:
        if hasattr(config, "workerinput") or config.getoption("numprocesses", None):
            raise pytest.UsageError("--kustomer-doubt runs in one process: leave out -n")
        self._reading: dict[str, str] = {}
        self._notes = RuleNotes(in_journal=False)
        self._touched: dict[pytest.Item, frozenset[str]] = {}
        self._failed: set[str] = set()
        self._runs = 0
        self._found: list[Dependence] = []
        PREPARING.append(self.prepare)

    def prepare(self, worlds: Worlds) -> None:
        """Have the worlds of a simulator read a rule as it is doubted now, and note which rules decide."""
        worlds.readings, worlds.rule_notes = self._reading, self._notes

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what a test touches, from its first fixture to its last."""
        self._notes.asked.clear()
        result = yield
        self._touched[item] = frozenset(self._notes.asked)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails without doubt, or is skipped, is not doubted."""
        if not report.passed:
            self._failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """When all is torn down, run again what a rule has touched."""
        result = yield
        for item, rules in self._touched.items():
            if item.nodeid not in self._failed:
                self._found += self._doubted(item, rules)
        return result

    def _doubted(self, item: pytest.Item, rules: frozenset[str]) -> Iterator[Dependence]:
        for rule in (ledger()[name] for name in sorted(rules)):
            for reading in list(rule.readings)[1:]:
                self._reading, self._runs = {rule.id: reading}, self._runs + 1
                if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
                    yield Dependence(test=item.nodeid, rule=rule, reading=reading)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which tests depend on what."""
        terminalreporter.section("kustomer doubt")
        for line in self._report():
            terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        PREPARING.remove(self.prepare)

    def _report(self) -> Iterator[str]:
        tests = len(dict.fromkeys(found.test for found in self._found))
        verb = "depends" if tests == 1 else "depend"
        yield f"{tests} of {len(self._touched)} tests {verb} on unverified behaviour ({self._runs} runs under doubt)"
        if left_out := len(self._failed):
            yield f"{left_out} that failed or were skipped without doubt are left out"
        for rule, reading in dict.fromkeys((found.rule, found.reading) for found in self._found):
            yield ""
            yield f"{rule.id}: {rule.readings[next(iter(rule.readings))]}"
            yield f"  fail if {reading}: {rule.readings[reading]}"
            yield f"  source: {', '.join((rule.source.confidence, *rule.source.pages))}. {rule.source.note}".rstrip()
            yield f"  to verify on a real organisation: {rule.verify}"
            yield from (f"  {it.test}" for it in self._found if (it.rule, it.reading) == (rule, reading))
