"""`pytest --kustomer-doubt`: which tests depend on what nobody has verified.

The run notes which rules with other readings decided something in each test's worlds. At its end the tests that such
rules touched are run again with all of these read otherwise at once, side by side with the tests that the same rules
touched, whose wider fixtures they share. Those that fail are run again for each reading by itself, and what then fails
is reported. A test that two other readings keep right together, where each alone would break it, is not found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import pytest

from kustomer_sandbox.contracts.sources.ledger import Behaviour, ledger
from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.values.readings import RuleNotes
from kustomer_sandbox.testkit.in_pytest.again import run_all_again
from kustomer_sandbox.testkit.shared import PREPARING


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependence:
    """A test that passes under the sandbox's own reading of a rule, and fails under this other one."""

    test: str
    rule: Behaviour
    reading: str


def register(config: pytest.Config) -> None:
    """Doubt what this run has touched. Raises `UsageError` where tests run in several processes."""
    config.pluginmanager.register(Doubt(config))


class Doubt:
    """A plugin for one run, in one process. Raises `UsageError` where tests run in several."""

    def __init__(self, config: pytest.Config) -> None:
        if hasattr(config, "workerinput") or config.getoption("numprocesses", None):
            raise pytest.UsageError("--kustomer-doubt runs in one process: leave out -n")
        self._readings: Mapping[str, str] = {}
        self._notes = RuleNotes(in_journal=False)
        self._touched: dict[pytest.Item, frozenset[str]] = {}
        self._failed: set[str] = set()
        self._runs = 0
        self._seconds = self._seconds_under_doubt = 0.0
        self._found: list[Dependence] = []
        PREPARING.append(self.prepare)

    def prepare(self, worlds: Worlds) -> None:
        """Have the worlds of a simulator read rules as they are doubted now, and note which rules decide."""
        worlds.readings, worlds.rule_notes = self._readings, self._notes

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what a test touches, from its first fixture to its last."""
        self._notes.asked.clear()
        result = yield
        self._touched[item] = frozenset(self._notes.asked)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails without doubt, or is skipped, is not doubted."""
        self._seconds += report.duration
        if not report.passed:
            self._failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """When all is torn down, run again what rules have touched."""
        result = yield
        self._found = [found for group in self._groups() for found in self._doubted(*group)]
        return result

    def _groups(self) -> Iterator[tuple[frozenset[str], list[pytest.Item]]]:
        """The tests that passed, by the rules that touched them."""
        groups: dict[frozenset[str], list[pytest.Item]] = defaultdict(list)
        for item, rules in self._touched.items():
            if rules and item.nodeid not in self._failed:
                groups[rules].append(item)
        yield from groups.items()

    def _doubted(self, rules: Collection[str], items: Sequence[pytest.Item]) -> Iterator[Dependence]:
        for others in other_readings([ledger()[rule] for rule in sorted(rules)]):
            suspects = self._failing(items, others)
            for rule, reading in others.items():
                failing = self._failing(suspects, {rule: reading}) if len(others) > 1 else suspects
                yield from (Dependence(test=item.nodeid, rule=ledger()[rule], reading=reading) for item in failing)

    def _failing(self, items: Sequence[pytest.Item], readings: Mapping[str, str]) -> list[pytest.Item]:
        """Those of the tests that fail where rules are read so. Wider fixtures are made once for all of them."""
        self._readings, failing = readings, []
        for item, reports in run_all_again(items):
            self._runs += 1
            self._seconds_under_doubt += sum(report.duration for report in reports)
            if any(report.failed for report in reports):
                failing.append(item)
        return failing

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
        yield f"these runs took {self._seconds_under_doubt:.1f} s, the tests themselves {self._seconds:.1f} s"
        for rule, reading in dict.fromkeys((found.rule, found.reading) for found in self._found):
            yield ""
            yield f"{rule.id}: {rule.readings[next(iter(rule.readings))]}"
            yield f"  fail if {reading}: {rule.readings[reading]}"
            yield f"  source: {', '.join((rule.source.confidence, *rule.source.pages))}. {rule.source.note}".rstrip()
            yield f"  to verify on a real organisation: {rule.verify}"
            yield from (f"  {it.test}" for it in self._found if (it.rule, it.reading) == (rule, reading))


def other_readings(rules: Sequence[Behaviour]) -> Iterator[Mapping[str, str]]:
    """Every other reading of each rule, in as few sets as there can be: one of each rule in a set."""
    others = [[(rule.id, reading) for reading in list(rule.readings)[1:]] for rule in rules]
    yield from (dict(filter(None, chosen)) for chosen in zip_longest(*others))
