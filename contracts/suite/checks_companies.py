"""Companies: what is unique, how they are found and changed, and the customers who work for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from kustomer_sandbox.contracts.suite.checks_values import CUSTOMERS, customer
from kustomer_sandbox.contracts.suite.target import Target, check, expect, expect_status

COMPANIES = "/v1/companies"


def company(target: Target, **fields: Any) -> Any:
    """A new company's record."""
    return expect_status(target.call("POST", COMPANIES, {"name": target.unique("Company"), **fields}), 201).data


@check("company-unique")
def a_companys_external_id_and_domains_are_its_own(target: Target) -> None:
    domain, id = f"{target.unique('shop').lower()}.example.com", target.unique("C")
    company(target, externalId=id, domains=[{"domain": domain}])
    for fields in ({"externalId": id}, {"domains": [{"domain": domain.upper()}]}):
        expect_status(target.call("POST", COMPANIES, {"name": target.unique("Company"), **fields}), 409)


@check("companies-found-by-one")
def companies_are_found_by_name_or_external_id(target: Target) -> None:
    made = company(target, externalId=target.unique("C"))
    name, id = quote(made["attributes"]["name"]), quote(made["attributes"]["externalId"])
    for query in (f"filter={name}", f"externalId={id}"):
        found = expect_status(target.call("GET", COMPANIES, query=query), 200).data
        expect([record["id"] for record in found] == [made["id"]], f"{query} finds the company alone")
    plain = expect_status(target.call("GET", COMPANIES), 200).data
    both = expect_status(target.call("GET", COMPANIES, query=f"filter=nobody&externalId={id}"), 200).data
    expect(both == plain, "with both given the list is the whole one")


@check("company-kept-in-part")
def a_company_is_changed_in_part(target: Target) -> None:
    made = company(target, employeeCount=7)
    path = f"{COMPANIES}/{made['id']}"
    changed = expect_status(target.call("PUT", path, {"defaultLang": "de"}), 200).attributes
    expect(changed["employeeCount"] == made["attributes"]["employeeCount"], "what is not named stays")
    expect_status(target.call("PUT", path, {"deleted": True}), 200)
    expect_status(target.call("GET", path), 404)
    expect_status(target.call("PUT", path, {"deleted": None}), 200)
    expect_status(target.call("GET", path), 200)


@check("customer-company")
def a_customer_is_linked_to_its_company_and_unlinked(target: Target) -> None:
    employer = company(target)
    made = customer(target, company=employer["id"])
    expect(made["relationships"]["company"]["data"] == {"type": "company", "id": employer["id"]}, "it is linked")
    expect(made["attributes"]["companyName"] == employer["attributes"]["name"], "it shows the company's name")
    path = f"{CUSTOMERS}/{made['id']}"
    kept = expect_status(target.call("PUT", path, {"name": "A", "company": employer["id"]}), 200).data
    expect("company" in kept["relationships"], "a change that names the company keeps it")
    left = expect_status(target.call("PUT", path, {"name": "B"}), 200).data
    expect("company" not in left["relationships"], "a change that leaves the company out unlinks it")
    expect("companyName" not in left["attributes"], "nor is its name shown any more")
