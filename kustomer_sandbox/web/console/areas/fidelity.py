"""Fidelity: the ledger of what is known of Kustomer and how, and which of its operations are served."""

from __future__ import annotations

import json
from typing import Any, Final

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.area import Area, AreaVisit, Facts
from kustomer_sandbox.web.console.calls import with_query

_RULES: Final = 15
_OPERATIONS: Final = 25
STATUSES: Final = ("kept", "diverges", "deferred")
CONFIDENCES: Final = ("vendor-docs", "recorded", "client-code", "seed", "assumed")


async def show(visit: AreaVisit) -> Facts:
    """The sums of both, and what of them fits the searches."""
    return {**await ledger(visit), **await operations(visit), "statuses": STATUSES, "confidences": CONFIDENCES}


async def ledger(visit: AreaVisit) -> Facts:
    """The rules that fit the search."""
    asked = {name: _one_of(visit, name, words) for name, words in (("status", STATUSES), ("confidence", CONFIDENCES))}
    found = await visit.control("GET", with_query("/fidelity", asked))
    wanted = visit.given.get("q", "").strip()
    rules = [rule for rule in found["rules"] if _fits(rule, wanted)]
    return {
        "tally": found["tally"],
        "rules": rules[:_RULES],
        "more_rules": max(len(rules) - _RULES, 0),
        "wanted": {**asked, "q": wanted},
    }


async def operations(visit: AreaVisit) -> Facts:
    """The operations that fit the search."""
    only = _one_of(visit, "only", ("served", "unserved"))
    found = await visit.control("GET", with_query("/coverage", {"only": only}))
    wanted = visit.given.get("operation", "").strip()
    fitting = [one for one in found["operations"] if _fits(one, wanted)]
    return {
        "coverage": found["tally"],
        "operations": fitting[:_OPERATIONS],
        "more_operations": max(len(fitting) - _OPERATIONS, 0),
        "operation": wanted,
        "only": only,
    }


def _one_of(visit: AreaVisit, name: str, words: tuple[str, ...]) -> str:
    """A choice of the form; nothing else."""
    given = visit.given.get(name, "")
    return given if given in words else ""


def _fits(record: dict[str, Any], wanted: str) -> bool:
    """Whether every word that is looked for stands somewhere in what is shown."""
    words = wanted.casefold().split()
    return not words or _has(record, words)


def _has(record: JSON, words: list[str]) -> bool:
    text = json.dumps(record, ensure_ascii=False).casefold()
    return all(word in text for word in words)


AREA: Final = Area(
    name="fidelity",
    title="Fidelity",
    about="What is known of Kustomer and how, what is assumed and how else it could be; what is served and what not.",
    show=show,
    panels={"ledger": ledger, "operations": operations},
)
