"""A run as one HTML page: the task, the verdict, and the timeline of calls, windows and limits."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from kustomer_sandbox.grading.reports.timeline import Moment, timeline
from kustomer_sandbox.grading.trace import Trace
from kustomer_sandbox.grading.verdict import Verdict
from kustomer_sandbox.web.html_page import html_page

_STYLE = """
td { text-align: left; vertical-align: top } th { text-align: left }
.open { border-left: .4rem solid var(--bad) } .itself { color: var(--dim) }
meter { width: 5rem } tr:target { background: #fa03 }
"""
_REFUSED_FROM = 400


def run_page(verdict: Verdict, trace: Trace, prompt: str) -> str:
    """The whole page."""
    body = "\n".join([*_head(verdict, prompt), *_criteria(verdict), *_timeline(trace)])
    return html_page(f"{verdict.scenario}: {_word(verdict)}", body, style=_STYLE)


def _word(verdict: Verdict) -> str:
    return "passed" if verdict.has_passed else "failed"


def _head(verdict: Verdict, prompt: str) -> Iterator[str]:
    kind = "verified" if verdict.has_passed else "departed"
    yield f'<h1 class="{kind}">{escape(verdict.scenario)}: {_word(verdict)}</h1>'
    yield f"<p>{escape(prompt)}</p><p>{escape(str(verdict.cost))}</p>"


def _criteria(verdict: Verdict) -> Iterator[str]:
    yield "<table><thead><tr><th>criterion</th><th></th><th>reason</th><th>decided by</th></tr></thead><tbody>"
    for result in verdict.results:
        ruling = result.ruling
        mark = '<span class="verified">met</span>' if ruling.is_met else '<span class="departed">unmet</span>'
        calls = " ".join(f'<a href="#call-{seq}">#{seq}</a>' for seq in ruling.calls)
        yield f"<tr><td>{result.number} {escape(result.criterion)}</td><td>{mark}</td>"
        yield f"<td>{escape(ruling.reason)}</td><td>{calls}</td></tr>"
    yield "</tbody></table>"


def _timeline(trace: Trace) -> Iterator[str]:
    yield "<h2>What happened</h2><table><thead><tr><th>#</th><th>at</th><th>call</th><th>status</th>"
    yield "<th>open windows</th><th>limits</th></tr></thead><tbody>"
    for moment in timeline(trace):
        yield from _moment(moment)
    yield "</tbody></table>"


def _moment(moment: Moment) -> Iterator[str]:
    entry = moment.call.entry
    classes = [
        name for name, holds in (("open", moment.open_windows), ("itself", not moment.call.is_the_agents)) if holds
    ]
    status = f'<span class="departed">{entry.status}</span>' if entry.status >= _REFUSED_FROM else str(entry.status)
    what = f"{escape(entry.method)} {escape(entry.path)}<br>{escape(entry.operation)} {escape(entry.tool)}"
    limits = "<br>".join(
        f'{escape(name)} <meter max="{limit}" value="{used}"></meter> {used}/{limit}'
        for name, used, limit in moment.budgets
    )
    yield f'<tr id="call-{entry.seq}" class="{" ".join(classes)}"><td>{entry.seq}</td><td>{escape(entry.at)}</td>'
    windows = "<br>".join(map(escape, moment.open_windows))
    yield f"<td>{what}</td><td>{status}</td><td>{windows}</td><td>{limits}</td></tr>"
