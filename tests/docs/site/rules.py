"""The ledger as a page: every rule that a schema cannot state, by group, with its source and how sure it is."""

from __future__ import annotations

from collections import Counter

from kustomer_sandbox.contracts.sources.ledger import Behaviour, ledger
from kustomer_sandbox.contracts.suite.groups import BEGINNINGS, GROUPS, OTHERS

INTRODUCTION = """# The ledger of rules

Rules that a schema cannot state, from `contracts/behaviours.yaml`. How sure each is: `vendor-docs`, `recorded` (seen in
recorded traffic), `client-code`, `seed` (the article the project began with) or `assumed`. A running sandbox shows the
same at `/_sandbox/fidelity`. What the checks find: [conformance](conformance.md).
"""
HEAD = "| rule | what holds | source | status |\n| --- | --- | --- | --- |\n"


def rules_page() -> str:
    """The whole page."""
    rules = list(ledger().values())
    tally = Counter(rule.source.confidence for rule in rules).most_common()
    text = f"{INTRODUCTION}\n{len(rules)} rules: {', '.join(f'{count} {name}' for name, count in tally)}.\n"
    for group in GROUPS:
        if rows := "".join(row(rule) for rule in rules if group_of(rule.id) == group):
            text += f"\n## {group}\n\n{HEAD}{rows}"
    return text


def group_of(rule: str) -> str:
    """The group whose checks stand for a rule."""
    return next((name for name, begins in BEGINNINGS.items() if rule.startswith(begins)), OTHERS)


def row(rule: Behaviour) -> str:
    """A line of the table; a note says why nothing better is known."""
    said = f"{rule.rule} *{rule.source.note}*" if rule.source.note else rule.rule
    where = ", ".join([rule.source.confidence, *rule.source.pages])
    return f"| `{rule.id}` | {cell(said)} | {cell(where)} | {rule.status} |\n"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
