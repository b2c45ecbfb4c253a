"""Two hundred creations at once for one customer: exactly as many succeed as the budget has, whatever is created."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from kustomer_sandbox.contracts import Contracts, load
from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.simulator.api import create_api
from kustomer_sandbox.simulator.documentation.document import api_document
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server.thread import KustomerServer

CONTRACTS = load()
AT_ONCE = 200
CREATING = {
    operation.id: operation
    for operation in CONTRACTS.operations.values()
    if any(spend.budget.per == "customer" for spend in operation.spends)
}
"""Every operation that creates something for a customer within a limit."""

ONE_EACH = {spend.budget.name: operation.id for operation in CREATING.values() for spend in operation.spends}
"""An operation for each of the budgets."""


@pytest.fixture(scope="session")
def paths(contracts: Contracts) -> dict[str, Any]:
    """The operations as they are prefilled for the demo world."""
    found: dict[str, Any] = api_document(create_api(contracts))["paths"]
    return found


def worked_call(paths: dict[str, Any], operation: Operation) -> tuple[str, Any]:
    """Path and body of a creation for the customer of the examples."""
    entry = paths[operation.path][operation.method.lower()]
    path = operation.path
    for parameter in entry.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
    body = next(iter(entry["requestBody"]["content"].values()))["example"]
    by_body = any("body.customer" in spend.key for spend in operation.spends)
    if by_body and "conversation" not in body:
        parameters = paths["/v1/customers/{id}/conversations"]["post"]["parameters"]
        (customer,) = [given["example"] for given in parameters if given.get("in") == "path"]
        body = {**body, "customer": customer}
    return path, body


def outcomes(client: httpx.Client, path: str, body: Any) -> Counter[int]:
    """How many of the calls came to which status."""
    with ThreadPoolExecutor(20) as at_once:
        answers = list(at_once.map(lambda _: client.post(path, json=body), range(AT_ONCE)))
    refused = {answer.json()["errors"][0]["meta"]["budget"] for answer in answers if answer.status_code == 429}
    assert len(refused) <= 1
    return Counter(answer.status_code for answer in answers)


def as_the_budget_has_it(operation: Operation) -> dict[int, int]:
    (spend,) = operation.spends
    assert spend.budget.limit == 120
    return {operation.success: 120, 429: AT_ONCE - 120}


def test_every_limit_per_customer_is_among_them() -> None:
    """Else a new one would not be tried."""
    assert set(ONE_EACH) == {name for name, budget in CONTRACTS.limits.budgets.items() if budget.per == "customer"}


@pytest.mark.parametrize("id", CREATING)
def test_of_two_hundred_at_once_in_process_a_hundred_and_twenty_succeed(
    kustomer: Kustomer, paths: dict[str, Any], id: str
) -> None:
    """By every path that leads to it; and a minute later as many again."""
    path, body = worked_call(paths, CREATING[id])
    client = kustomer.client()
    assert outcomes(client, path, body) == as_the_budget_has_it(CREATING[id])
    kustomer.clock.advance(60)
    assert client.post(path, json=body).status_code == CREATING[id].success


@pytest.mark.parametrize("id", ONE_EACH.values(), ids=ONE_EACH)
def test_of_two_hundred_at_once_over_sockets_a_hundred_and_twenty_succeed(
    kustomer: Kustomer, kustomer_server: KustomerServer, paths: dict[str, Any], id: str
) -> None:
    path, body = worked_call(paths, CREATING[id])
    headers = {"authorization": f"Bearer {kustomer.api_key}"}
    with httpx.Client(base_url=kustomer_server.base_url, headers=headers) as client:
        assert outcomes(client, path, body) == as_the_budget_has_it(CREATING[id])
