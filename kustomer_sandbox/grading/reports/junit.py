"""Verdicts as JUnit's XML, as CI reads it: a suite for each run, a case for each criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from kustomer_sandbox.grading.verdict import Verdict


def as_junit(runs: Mapping[str, Sequence[Verdict]]) -> str:
    """The verdicts by label; the label of runs that have none is empty."""
    suites = ET.Element("testsuites", name="kustomer-sandbox grade")
    for label, verdicts in runs.items():
        for number, verdict in enumerate(verdicts, 1):
            suites.append(_suite(".".join(filter(None, [label, verdict.scenario, str(number)])), verdict))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def _suite(name: str, verdict: Verdict) -> ET.Element:
    suite = ET.Element("testsuite", name=name, tests=str(len(verdict.results)), failures=str(len(verdict.unmet)))
    for result in verdict.results:
        case = ET.SubElement(suite, "testcase", classname=name, name=f"{result.number} {result.criterion}")
        if not result.ruling.is_met:
            failure = ET.SubElement(case, "failure", message=result.ruling.reason)
            failure.text = "\n".join(verdict.lines.get(seq, f"#{seq}") for seq in result.ruling.calls)
    return suite
