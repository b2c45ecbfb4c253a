"""The ledger, the shipped checks, the tests and the simulator's refusals agree, in every direction."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.contracts.sources.pages import OPERATION, known_pages
from kustomer_sandbox.contracts.suite.catalogue import catalogue

ROOT = Path(__file__).parents[1]
LEDGER = ledger()
CHECKS = catalogue()


@cache
def names_of_tests() -> frozenset[str]:
    """The names of all test functions."""
    names = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                names.add(node.name)
    return frozenset(names)


@pytest.mark.parametrize("id", LEDGER)
def test_a_kept_rule_has_a_check_that_exists(id: str) -> None:
    """A rule nothing checks is a claim."""
    behaviour = LEDGER[id]
    known = CHECKS.keys() | names_of_tests()
    assert set(behaviour.checks) <= known
    assert behaviour.checks or behaviour.status != "kept"


@pytest.mark.parametrize("name", CHECKS)
def test_a_shipped_check_stands_for_rules_that_name_it(name: str) -> None:
    """A check without a rule holds a target to something nobody has promised."""
    check = CHECKS[name]
    assert check.rules
    for rule in check.rules:
        assert name in LEDGER[rule].checks


def test_every_rule_a_refusal_names_is_in_the_ledger() -> None:
    """A refusal's rule id leads a reader of the journal to the ledger."""
    named = set()
    for file in (ROOT / "simulator").rglob("*.py"):
        named |= set(re.findall(r'rule="([a-z0-9_-]+)"', file.read_text(encoding="utf-8")))
    assert named - LEDGER.keys() == set()


def test_a_rule_has_one_sentence_of_its_own() -> None:
    """The ledger is read as a table: one sentence a row, no two alike."""
    sentences = [behaviour.rule for behaviour in LEDGER.values()]
    assert len(set(sentences)) == len(sentences)
    assert [text for text in sentences if not text.endswith(".") or "\n" in text] == []


def test_every_operation_the_ledger_cites_is_served() -> None:
    """The vendor's description of an operation is cited by the `operationId` that the contracts have, too."""
    sources = [source for rule in LEDGER.values() for source in (rule.source, *rule.source.parts.values())]
    cited = {page for source in sources for page in source.pages if page.startswith(OPERATION)}
    served = {f"{OPERATION}{id}" for id in load().operations}
    assert cited - served - known_pages().keys() == set()


def test_every_listed_page_is_cited() -> None:
    """A page that nothing cites says nothing about the sandbox."""
    files = [*(ROOT / "contracts" / "resources").glob("*.yaml"), ROOT / "contracts" / "behaviours.yaml"]
    recordings = (ROOT / "contracts" / "recordings").glob("*.json")
    text = "\n".join(file.read_text(encoding="utf-8") for file in (*files, *recordings))
    assert [page for page in known_pages() if page not in text] == []


def test_at_most_three_rules_in_ten_are_assumed() -> None:
    """What is not known is looked for: the share may fall, and rises only by decision."""
    assumed = [id for id, rule in LEDGER.items() if rule.source.confidence == "assumed"]
    assert len(assumed) <= 0.3 * len(LEDGER)


@pytest.mark.parametrize(
    "fault",
    [
        "- {id: a, rule: B., source: assumed, status: kept, checks: [x]}",
        "- {id: a, rule: B., source: {confidence: vendor-docs, pages: [docs/nowhere]}, status: kept, checks: [x]}",
        "- {id: a, rule: B., source: {confidence: recorded, pages: [docs/concepts/errors]}, status: kept, checks: [x]}",
        "- {id: a, rule: B., source: seed, status: done, checks: [x]}",
        "- {id: a, rule: B., source: rumour, status: kept, checks: [x]}",
        "- {id: a, rule: B., source: seed, status: deferred, checks: []}",
        "- {id: a, rule: B., source: seed, status: kept, checks: [x], extra: 1}",
        "- {id: a, rule: B., source: seed, status: kept}\n- {id: a, rule: C., source: seed, status: kept}",
    ],
)
def test_a_malformed_ledger_entry_stops_the_load(fault: str) -> None:
    """Silence about an unknown key or status would be a hole in the ledger."""
    with pytest.raises(ContractError):
        ledger(fault)
