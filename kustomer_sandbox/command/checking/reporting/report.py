"""What came of the checks, for a terminal, for programs and for CI."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from xml.etree import ElementTree as ET

from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.contracts.suite.groups import GROUPS
from kustomer_sandbox.contracts.suite.laws.promised import promised
from kustomer_sandbox.contracts.suite.running import VERDICTS, CheckResult, Sent, Verdict
from kustomer_sandbox.contracts.suite.tools.server import SENTENCES

_OPERATION = "operation/"
_WIDTH = max(map(len, GROUPS)) + 2
_LONGEST = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """The results of one run, and what was checked."""

    target: str
    results: tuple[CheckResult, ...]

    @property
    def is_kept(self) -> bool:
        """Whether nothing departs."""
        return not self.of("departed")

    def of(self, verdict: Verdict) -> list[CheckResult]:
        return [result for result in self.results if result.verdict == verdict]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many results of each verdict there are, by group."""
        found = {name: [one for one in self.results if one.group == name] for name in GROUPS}
        return {
            name: {verdict: sum(one.verdict == verdict for one in results) for verdict in VERDICTS}
            for name, results in found.items()
            if results
        }

    def as_json(self) -> str:
        totals = {verdict: len(self.of(verdict)) for verdict in VERDICTS}
        whole = {"ok": self.is_kept, "target": self.target, "totals": totals, "groups": self.counts()}
        return json.dumps({**whole, "results": [asdict(result) for result in self.results]}, default=str)

    def as_text(self) -> str:
        return "\n".join([*self._table(), *self._departures(), *self._unknown(), "", self.summary()])

    def summary(self) -> str:
        """The one line that says how it went."""
        told = ", ".join(f"{len(self.of(verdict))} {verdict}" for verdict in VERDICTS)
        return f"{self.target}: {told}."

    def _table(self) -> Iterator[str]:
        yield " " * _WIDTH + "".join(f"{verdict:>16}" for verdict in VERDICTS)
        for group, counts in self.counts().items():
            yield f"{group:<{_WIDTH}}" + "".join(f"{number or '·':>16}" for number in counts.values())

    def _departures(self) -> Iterator[str]:
        for result in self.of("departed"):
            yield f"\ndeparted  {result.group}: {result.check}"
            yield from (f"  {line}" for line in explained(result))

    def _unknown(self) -> Iterator[str]:
        for verdict in ("not applicable", "not allowed"):
            reasons = Counter(result.told for result in self.of(verdict))
            if reasons:
                yield f"\n{verdict}"
                yield from (f"  {number:>4}  {reason}" for reason, number in reasons.most_common())

    def as_junit(self) -> str:
        suites = ET.Element("testsuites", name=f"kustomer-sandbox check: {self.target}")
        for group, counts in self.counts().items():
            skipped = counts["not applicable"] + counts["not allowed"]
            facts = {"tests": sum(counts.values()), "failures": counts["departed"], "skipped": skipped}
            suite = ET.SubElement(suites, "testsuite", {"name": group, **{name: str(n) for name, n in facts.items()}})
            for result in (one for one in self.results if one.group == group):
                case = ET.SubElement(suite, "testcase", classname=group, name=result.check)
                if result.verdict == "departed":
                    ET.SubElement(case, "failure", message=result.told).text = "\n".join(explained(result))
                elif result.verdict != "verified":
                    ET.SubElement(case, "skipped", message=f"{result.verdict}: {result.told}")
        ET.indent(suites)
        return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def explained(result: CheckResult) -> Iterator[str]:
    """The lines that say what departs: the rules, what was expected, the example, what was sent and what came."""
    yield from (f"rule {rule}: {sentence(rule)}" for rule in result.rules)
    yield f"expected  {result.told}"
    if result.example:
        yield f"example   {result.example}"
    for sent in result.sent:
        yield from _shown(sent)


def sentence(rule: str) -> str:
    """A rule in words, or what an operation does."""
    if rule.startswith(_OPERATION):
        return promised().operations[rule.removeprefix(_OPERATION)].summary
    return SENTENCES[rule] if rule in SENTENCES else ledger()[rule].rule


def steps(sent: Sequence[Sent]) -> list[tuple[str, str]]:
    """What was sent, and what came, as texts."""
    return [(" ".join(filter(None, [one.call, _json(one.body)])), _answer(one)) for one in sent]


def _shown(sent: Sent) -> Iterator[str]:
    for asked, came in steps([sent]):
        yield f"sent      {asked}"
        yield f"came      {came}"


def _answer(sent: Sent) -> str:
    return "nothing" if sent.status is None else f"{sent.status} {_json(sent.came)}".strip()


def _json(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
