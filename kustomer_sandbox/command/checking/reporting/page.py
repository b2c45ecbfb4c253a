"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from kustomer_sandbox.command.checking.reporting.report import CheckReport, sentence, steps
from kustomer_sandbox.contracts.suite.running import VERDICTS, CheckResult

_STYLE = """
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --dim: #6e7781; --line: #8884 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left }
details { border-bottom: 1px solid var(--line); padding: .3rem 0 } summary { cursor: pointer }
pre { background: #8881; padding: .6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }
.verified { color: var(--ok) } .departed { color: var(--bad) } .not { color: var(--dim) }
"""


def page(report: CheckReport) -> str:
    """The whole page."""
    body = "\n".join([*_head(report), *_table(report), *_groups(report)])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>kustomer-sandbox check</title><style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


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
