"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from kustomer_sandbox.command.checking.reporting.report import CheckReport, sentence, steps
from kustomer_sandbox.contracts.suite.running import VERDICTS, CheckResult
from kustomer_sandbox.web.html_page import html_page


def page(report: CheckReport) -> str:
    """The whole page."""
    body = "\n".join([*_head(report), *_table(report), *_groups(report)])
    return html_page("kustomer-sandbox check", body)


def _head(report: CheckReport) -> Iterator[str]:
    departed = len(report.of("departed"))
    yield f"<h1>{f'{departed} departed' if departed else 'Nothing departs'}</h1>"
    yield f"<p>{escape(report.summary())}</p>"


def _table(report: CheckReport) -> Iterator[str]:
    yield "<table><thead><tr><th>group</th>" + "".join(f"<th>{verdict}</th>" for verdict in VERDICTS)
    yield "</tr></thead><tbody>"
    for group, counts in report.counts().items():
        cells = "".join(f"<td>{number or '·'}</td>" for number in counts.values())
        yield f'<tr><td><a href="#{group}">{group}</a></td>{cells}</tr>'
    yield "</tbody></table>"


def _groups(report: CheckReport) -> Iterator[str]:
    for group in report.counts():
        yield f'<h2 id="{group}">{group}</h2>'
        for result in sorted(report.results, key=lambda one: one.verdict != "departed"):
            if result.group == group:
                yield from _result(result)


def _result(result: CheckResult) -> Iterator[str]:
    is_open = " open" if result.verdict == "departed" else ""
    kind = result.verdict.partition(" ")[0]
    yield f'<details{is_open}><summary><span class="{kind}">{result.verdict}</span> {escape(_words(result.check))}'
    yield "</summary>"
    yield from (f"<p>{escape(rule)}: {escape(sentence(rule))}</p>" for rule in result.rules)
    lines = [("expected" if result.verdict == "departed" else "because", result.told), ("example", result.example)]
    lines += [line for asked, came in steps(result.sent) for line in (("sent", asked), ("came", came))]
    told = "\n".join(f"{name:<9} {escape(text)}" for name, text in lines if text)
    yield f"<pre>{told}</pre></details>" if told else "</details>"


def _words(name: str) -> str:
    return name.replace("_", " ")
