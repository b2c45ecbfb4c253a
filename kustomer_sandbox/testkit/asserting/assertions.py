"""What a test claims of its world, and what it sees of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.simulator.records.diff import Diff
from kustomer_sandbox.simulator.store.protocol import Store
from kustomer_sandbox.simulator.world import views
from kustomer_sandbox.simulator.world.journal import Journal, line
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.asserting import changes, retries
from kustomer_sandbox.testkit.pii import leaks
from kustomer_sandbox.testkit.pii.logs import LogCalls
from kustomer_sandbox.testkit.pii.output import Printed
from kustomer_sandbox.testkit.pii.sensitive import Search, sensitive_values
from kustomer_sandbox.testkit.shared import SharedApi


class WorldAssertions:
    """The part of `Kustomer` that looks and judges; whoever is one sets the attributes."""

    api: SharedApi
    world: World
    _start: str
    _origin: tuple[str, str, datetime, str]
    _printed: Callable[[], Printed]
    _log_calls: LogCalls

    @property
    def journal(self) -> Journal:
        """Every call with the decisions made on its way, without values."""
        return self.world.journal

    @property
    def limits(self) -> views.LimitsInUse:
        """The budgets as they stand. Looking costs nothing."""
        return views.limits(self.world)

    @property
    def windows(self) -> list[views.Window]:
        """The unmasking windows open now."""
        return views.windows(self.world)

    @property
    def drafts(self) -> list[views.Draft]:
        """The drafts not sent yet."""
        return views.drafts(self.world)

    def snapshot(self) -> str:
        """Keep the world's present state; gives the id to `restore` it by."""
        with self.api.lock:
            return self.world.snapshot()

    def restore(self, snapshot: str) -> None:
        """Go back to a snapshot. Journal, keys and armed faults stay."""
        with self.api.lock:
            self.world.restore(snapshot)

    def diff(self, since: str | None = None) -> Diff:
        """What has changed since a snapshot, or since the test began."""
        return self.world.diff(since or self._start)

    def grade(self) -> Verdict:
        """Judge what has happened since the test began, by the criteria of the world's scenario.

        `assert verdict.has_passed, verdict` says what is not met, why, and by which calls. Raises `NothingToGrade`
        where the scenario has no criteria, `WrongCriterion` where one cannot be judged by.
        """
        from kustomer_sandbox.grading.judge import grade, scenario_in  # noqa: PLC0415 - only when asked for
        from kustomer_sandbox.grading.trace import trace_of  # noqa: PLC0415 - the same

        with self.api.lock:
            return grade(scenario_in(self.world), self._before(), self.world, trace_of(self.world))

    def no_open_windows(self) -> None:
        """Fail unless every unmasking window is closed again."""
        __tracebackhide__ = True
        windows = self.windows
        if windows:
            opened = self.journal.find(operation="CreateUnmaskingWindowByCustomer")
            lines = [f"  customer {window.customer}, until {window.end}" for window in windows]
            lines += [f"  opened by {line(entry)}" for entry in opened]
            raise AssertionError("unmasking windows are still open:\n" + "\n".join(lines))

    def no_careless_retries(self) -> None:
        """Fail if a call was made again too early after a 429, or after a refusal for good, such as a 400.

        Looks at the answers of this test (the latest thousand). For good means that nothing has changed in between.
        """
        __tracebackhide__ = True
        calls = retries.calls_of(self.journal, self.api.response_log.responses_of(self.world))
        found = [text for rule in retries.RULES for text in rule(calls)]
        if found:
            raise AssertionError("calls were repeated without care:\n" + "\n".join(f"  {item}" for item in found))

    def no_pii_leaks(self, *where: str | bytes | Path) -> None:
        """Fail if a value the world masks is found where no reader without a window should find it.

        It looks at the texts, bytes, files and folders given; at what the test has logged; at what the world answered
        while no window was open (to keys without the right to see); and at what was written into records where it is
        not masked: in each as it is, and with encodings taken off. Searches that asked for parts or the order of masked
        values are named, too. Raises `FileNotFoundError` for a path at which there is nothing.
        The message names place and attribute, never the value.
        """
        __tracebackhide__ = True
        before = self._before()
        values = sensitive_values(self.world, before, known=self.api.baselines, plan=self._origin)
        places = [
            *leaks.from_texts(where),
            *leaks.from_logs(self._log_calls),
            *leaks.from_output(self._printed()),
            *leaks.from_responses(self.world, self.api.response_log.responses_of(self.world)),
            *leaks.from_records(self.world, before),
        ]
        found = [*leaks.leaks(Search(values), places), *leaks.from_journal(self.world)]
        if found:
            raise AssertionError(leaks.failure_message(found))

    def canaries(self, calls: int = 500, *, seed: str = "0", mcp: str = "") -> str:
        """Drive this world with generated calls, every sensitive value in it a canary; fail if one gets out.

        Every operation is called and every tool: those of our MCP server, or of another one in front of this world by
        its URL, `mcp`. Answers, journal, logs, webhooks, spans, the tool server's files and MCP results are looked at.
        The world is as before afterwards. Gives what was tried, in words.
        """
        __tracebackhide__ = True
        from kustomer_sandbox.testkit.pii.canaries.run import prove_world  # noqa: PLC0415 - it imports MCP's client

        before, receiver = self.snapshot(), self.world.receiver
        try:
            report = prove_world(self.api, self.world, calls, seed=seed, mcp=mcp)
        finally:
            self.world.receiver = receiver
            self.restore(before)
        if report.leak:
            raise AssertionError(report.as_text())
        return report.as_text()

    def assert_only_changed(self, *named: str, since: str | None = None, **attributes: Iterable[str]) -> None:
        """Fail unless all that is named has changed, and nothing else has, since a snapshot or the test's beginning.

        `named` are types (`"draft"`) and records (`"customer/6a…"`), `attributes` those that changed in records of a
        type: `conversation=["status"]`. Time stamps, revisions and unmasking windows are left aside; so are keys.
        """
        __tracebackhide__ = True
        found = changes.violations(self.diff(since), named, attributes, keys=self.world.keys.values())
        if found:
            raise AssertionError("not only what was named has changed:\n" + "\n".join(f"  {item}" for item in found))

    def _before(self) -> Store:
        """The records as they were when the test began."""
        before = self.world.store.fork()
        before.restore(self.world.snapshots.get(self._start).state.store)
        return before
