"""What is learned of a run: proposed entries of the ledger, as a patch that a person reviews and signs.

Nothing of the target is in it but methods, paths without ids and values, names of parameters, statuses and codes; not
even its address.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from importlib.resources import files

from kustomer_sandbox.command.checking.learning.entries import quoted, readings_of, with_changed
from kustomer_sandbox.command.checking.learning.fitting import fitting_reading, seen
from kustomer_sandbox.contracts.sources.ledger import NAME, Behaviour, ledger
from kustomer_sandbox.contracts.sources.source import Source
from kustomer_sandbox.contracts.suite.running import CheckResult

_PAGES = "pages.yaml"
_PAGE = "checked organisation"
_LISTED = "recordings:\n"
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|\+?\d[\d\s().-]{5,}\d|[0-9a-f]{24}")
_LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What one departure teaches about a rule. `reading` is the known one that fits; `expected` and `seen` in words."""

    rule: str
    check: str
    expected: str
    seen: str
    reading: str = ""

    @property
    def told(self) -> str:
        """What can be done with it at once."""
        if not self.reading:
            return f"{self.rule}: no reading that is known fits; the entry wants words of yours"
        return (
            f"{self.rule}: its reading {self.reading} fits; to run under it: "
            f"kustomer-sandbox up --reading {self.rule}={self.reading}, or readings={{'{self.rule}': '{self.reading}'}}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """The proposals of one run, who signs them and when; `left` are departures from what is no rule of the ledger."""

    proposals: tuple[Proposal, ...]
    left: tuple[str, ...]
    signed_off_by: str
    day: str

    def patch(self) -> str:
        """What `git apply` takes in a checkout: head lines for the reader, then the changes of ledger and pages."""
        if not self.proposals:
            return ""
        before, pages = _shipped(NAME), _shipped(_PAGES)
        after = reduce(self._taken_in, self.proposals, before)
        listed = pages if f"- {_PAGE}\n" in pages else pages.replace(_LISTED, f"{_LISTED}  - {_PAGE}\n", 1)
        signed = f"Learned on {self.day} by kustomer-sandbox check. Signed-off-by: {self.signed_off_by}"
        diffs = [*_diff(NAME, before, after), *_diff(_PAGES, pages, listed)]
        return "\n".join([signed, *self.lines(), "", *diffs, ""])

    def lines(self) -> Iterator[str]:
        """What was learned, a line for each departure."""
        yield from (proposal.told for proposal in self.proposals)
        yield from (f"{name}: no rule of the ledger; its operation is in contracts/resources" for name in self.left)

    def _taken_in(self, text: str, proposal: Proposal) -> str:
        old = ledger()[proposal.rule]
        note = (
            f"Seen at an organisation on {self.day}, signed off by {self.signed_off_by}: {proposal.seen}, where "
            f"{proposal.check} expects that {proposal.expected}."
        )
        source = f"  source:\n    confidence: recorded\n    pages: [{_PAGE}]\n    note: {quoted(note)}\n"
        changes: dict[str, str | None] = {"only-reading": None, "why": None, "status": "  status: kept\n"}
        if proposal.reading:
            lines = readings_of(text, proposal.rule)
            first = {proposal.reading: lines[proposal.reading], **lines}
            words = f"{old.readings[proposal.reading]} It was assumed: {old.rule}"
            changes["rule"] = f"  rule: {quoted(words)}\n"
            changes["readings"] = "  readings:\n" + "".join(first.values())
        else:
            changes["rule"] = f"  rule: {quoted(f'To be put into words: {proposal.seen}. It was: {old.rule}')}\n"
            changes["status"] = "  status: diverges\n"
            changes["why"] = f"  why: {quoted('The sandbox does what the rule was before.')}\n"
        changes["source"] = source + "".join(_parts(old))
        return with_changed(text, proposal.rule, changes)


def learned(results: Iterable[CheckResult], *, signed_off_by: str, day: str) -> Learned:
    """What the departures among some results teach, one proposal for each rule."""
    found: dict[str, Proposal] = {}
    left: list[str] = []
    for result in results:
        if result.verdict != "departed":
            continue
        if result.rules[0] not in ledger():
            left.append(result.check)
            continue
        rule, reading = fitting_reading(result) or (result.rules[0], "")
        expected = _PERSONAL.sub("…", result.told)[:_LONGEST]
        proposal = Proposal(rule=rule, check=result.check, expected=expected, seen=seen(result), reading=reading)
        if rule not in found or (reading and not found[rule].reading):
            found[rule] = proposal
    order = [rule for rule in ledger() if rule in found]
    return Learned(
        proposals=tuple(found[rule] for rule in order), left=tuple(left), signed_off_by=signed_off_by, day=day
    )


def _parts(old: Behaviour) -> Iterator[str]:
    """What was known before, as parts: the pages that said otherwise, and that other readings are a guess."""
    before = Source(confidence=old.source.confidence, pages=old.source.pages)
    known = {"before": before, **old.source.parts} if before.pages else dict(old.source.parts)
    parts = [f"      {name}: {_in_short(part)}\n" for name, part in known.items() if part.confidence != "recorded"]
    if old.readings:
        parts.append("      other readings: assumed\n")
    if parts:
        yield "    parts:\n"
        yield from parts


def _in_short(source: Source) -> str:
    """A part of a source on one line. Its notes are about what is no longer said."""
    return (
        f"{{confidence: {source.confidence}, pages: [{', '.join(source.pages)}]}}"
        if source.pages
        else source.confidence
    )


def _shipped(name: str) -> str:
    return (files("kustomer_sandbox.contracts") / name).read_text(encoding="utf-8")


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    path = f"contracts/{name}"
    return difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="")
