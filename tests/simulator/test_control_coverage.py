"""Which operations are served can be asked, and a call of one that is not says so."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from fastapi.testclient import TestClient

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.sources.unserved import UnservedOperation, unserved_operations
from kustomer_sandbox.simulator.api import Api
from kustomer_sandbox.simulator.app import create_app
from kustomer_sandbox.simulator.control.promises.coverage import covered
from kustomer_sandbox.simulator.control.promises.coverage_page import coverage_page
from tests.architecture_rules import ROOT
from tests.control_client import local
from tests.world_client import WorldClient

ID = "64a0c0ffee0000000000a001"
COVERAGE = "/_sandbox/coverage"
UNSERVED = unserved_operations()


@pytest.fixture(scope="module")
def server(shared_api: Api) -> TestClient:
    return local(create_app(shared_api))


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def test_every_served_operation_is_listed_as_it_is(server: TestClient, contracts: Contracts) -> None:
    shown = {each["operation"]: each for each in server.get(COVERAGE, params={"only": "served"}).json()["operations"]}
    assert shown.keys() == contracts.operations.keys()
    assert shown["GetCustomerById"] == {
        "method": "GET",
        "path": "/v1/customers/{id}",
        "area": "Customers",
        "operation": "GetCustomerById",
        "served": True,
        "documented": True,
        "seeded": True,
        "assumed": [],
        "confidence": "vendor-docs",
        "why": None,
        "tools": ["get_single_kustomer_customer_by_id"],
    }


def test_an_operation_is_served_or_known_as_unserved_but_never_both(contracts: Contracts) -> None:
    """What becomes served leaves the list of what is not."""
    served = {(each.method, shape(each.path)) for each in contracts.operations.values()}
    assert [f"{each.method} {each.path}" for each in UNSERVED if (each.method, shape(each.path)) in served] == []
    twice = Counter((each.method, shape(each.path)) for each in UNSERVED)
    assert [call for call, times in twice.items() if times > 1] == []


def test_the_tally_counts_all_of_them(server: TestClient) -> None:
    answer = server.get(COVERAGE).json()
    by_served = Counter(each["served"] for each in answer["operations"])
    assert answer["tally"]["served"] == by_served[True]
    assert answer["tally"]["unserved"] == by_served[False] == len(UNSERVED)
    assert answer["tally"]["by_confidence"] == Counter(each["confidence"] for each in answer["operations"])


def test_only_unserved_ones_can_be_asked_for(server: TestClient) -> None:
    shown = server.get(COVERAGE, params={"only": "unserved"}).json()["operations"]
    assert [(each["method"], each["path"]) for each in shown] == [(each.method, each.path) for each in UNSERVED]
    assert {each["served"] for each in shown} == {False}
    assert [each["why"] for each in shown] == [each.why for each in UNSERVED]
    assert all(each.why.endswith(".") for each in UNSERVED)


@pytest.mark.parametrize("operation", UNSERVED, ids=lambda each: f"{each.method} {each.path}")
def test_a_call_of_one_that_is_not_served_says_so(world_client: WorldClient, operation: UnservedOperation) -> None:
    """A client must see whether it has misspelled a path or met the sandbox's edge."""
    path = re.sub(r"\{\w+\}", "name", operation.path.replace("{id}", ID))
    answer = world_client.call(operation.method, path)
    entry = answer.json["errors"][0]
    assert (answer.status, entry["code"]) == (404, "not_found")
    assert entry["meta"]["served"] is False
    assert entry["meta"]["coverage"] == COVERAGE
    assert entry["meta"]["operation"] == f"{operation.method} {operation.path}"


def test_a_path_that_kustomer_does_not_have_says_nothing_of_coverage(world_client: WorldClient) -> None:
    entry = world_client.get("/v1/no-such-thing").json["errors"][0]
    assert "served" not in entry["meta"]


def test_the_page_says_what_the_contracts_say(shared_api: Api) -> None:
    """docs/coverage.md is made, not written; its module says how."""
    assert (ROOT / "docs" / "coverage.md").read_text("utf-8") == coverage_page(covered(shared_api))
