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


MERGES = f"{CUSTOMERS}/merges"


@check("merge-joins", "merge-source-gone")
def a_merge_joins_two_customers(target: Target) -> None:
    mail = f"{target.unique('jane').lower()}@example.com"
    gone = customer(target, emails=[{"email": mail}], custom={"sizeStr": "S", "tierStr": "Gold"})
    kept = customer(target, custom={"sizeStr": "L"})
    talk = expect_status(target.call("POST", "/v1/conversations", {"customer": gone["id"]}), 201).data["id"]
    merge = expect_status(target.call("POST", MERGES, {"source": gone["id"], "target": kept["id"]}), 201).data
    expect(merge["attributes"]["status"] == "success", "it is done at once")
    expect_status(target.call("GET", f"{CUSTOMERS}/{gone['id']}"), 404)
    found = expect_status(target.call("GET", f"{CUSTOMERS}/email={quote(mail)}"), 200)
    expect(found.data["id"] == kept["id"], "the source's address finds the target")
    expect(found.attributes["name"] == kept["attributes"]["name"], "the target's name stays")
    expect(found.attributes["custom"] == {"sizeStr": "L", "tierStr": "Gold"}, "custom attributes are joined")
    talks = expect_status(target.call("GET", f"{CUSTOMERS}/{kept['id']}/conversations"), 200).data
    expect([record["id"] for record in talks] == [talk], "the source's conversation is the target's")
    for path in (f"{MERGES}/{merge['id']}", f"{CUSTOMERS}/{kept['id']}/merges", f"{CUSTOMERS}/{gone['id']}/merges"):
        answer = expect_status(target.call("GET", path), 200).data
        expect((answer if isinstance(answer, dict) else answer[0])["id"] == merge["id"], "the merge can be read")


@check("merge-of-two")
def a_merge_needs_two_customers(target: Target) -> None:
    one = customer(target)["id"]
    for body in ({"source": one, "target": one}, {"source": one, "target": "f" * 24}, {"source": one}):
        expect_status(target.call("POST", MERGES, body), 400)
    expect_status(target.call("GET", f"{CUSTOMERS}/{one}"), 200)
