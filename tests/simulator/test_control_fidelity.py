"""How faithful the sandbox is can be asked of it."""

from __future__ import annotations

from collections import Counter

import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.sources.ledger import ledger
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from tests.control_client import local

FIDELITY = "/_sandbox/fidelity"


@pytest.fixture(scope="module")
def server(shared_api: Api) -> TestClient:
    return local(create_app(shared_api))


def test_every_rule_of_the_ledger_is_shown_as_it_stands_there(server: TestClient) -> None:
    """Who decides whether to trust the sandbox sees the rule, where it comes from and what holds it."""
    shown = {rule["id"]: rule for rule in server.get(FIDELITY).json()["rules"]}
    assert list(shown) == list(ledger())
    rule = ledger()["malformed-id-400"]
    assert shown["malformed-id-400"] == {
        "id": "malformed-id-400",
        "rule": rule.rule,
        "status": "kept",
        "why": "",
        "source": {
            "confidence": "vendor-docs",
            "pages": list(rule.source.pages),
            "note": rule.source.note,
            "parts": {"what cannot be an id": {"confidence": "assumed", "pages": [], "note": ""}},
        },
        "readings": {},
        "only_reading": "",
        "verify": "",
        "checks": list(rule.checks),
    }
    other = ledger()["page-size-clamped"]
    assert shown["page-size-clamped"]["readings"] == other.readings
    assert shown["page-size-clamped"]["verify"] == other.verify


def test_the_rules_that_rest_on_an_assumption_can_be_asked_for(server: TestClient) -> None:
    """They are what to look at first when production behaves otherwise."""
    answer = server.get(FIDELITY, params={"confidence": "assumed", "status": "kept"}).json()
    rules = ledger().items()
    wanted = [id for id, rule in rules if "assumed" in rule.source.confidences() and rule.status == "kept"]
    assert [rule["id"] for rule in answer["rules"]] == wanted
    assert answer["tally"] == server.get(FIDELITY).json()["tally"]


def test_the_tally_counts_rules_and_operations(server: TestClient, contracts: Contracts) -> None:
    """One look tells how much is known and how much is assumed."""
    tally = server.get(FIDELITY).json()["tally"]
    assert tally == {
        "rules": Counter(rule.status for rule in ledger().values()),
        "assumed_without_another_reading": [
            id for id, rule in ledger().items() if rule.source.confidence == "assumed" and not rule.readings
        ],
        "confidence_of_rules": Counter(rule.source.confidence for rule in ledger().values()),
        "confidence_of_operations": Counter(o.source.confidence for o in contracts.operations.values()),
    }


def test_a_word_that_is_none_of_the_ledgers_is_refused(server: TestClient) -> None:
    """An empty list would look like an answer."""
    answer = server.get(FIDELITY, params={"confidence": "guessed"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_request")
