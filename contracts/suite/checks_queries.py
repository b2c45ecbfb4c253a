"""Queries: parameters of lists, look-ups and searches, and what becomes of those that nobody knows."""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import Target, check, expect_status

CUSTOMERS = "/v1/customers"


@check("unknown-query-ignored", writes=False)
def an_unknown_query_parameter_is_ignored(target: Target) -> None:
    expect_status(target.call("GET", CUSTOMERS, query="page%5Bsize%5D=3&size=3"), 200)
