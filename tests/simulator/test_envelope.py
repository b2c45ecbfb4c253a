"""The envelope: records and lists as the documents that go over the wire."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.request.envelope import (
    fill,
    page_document,
    resource_object,
    single_document,
)
from kustomer_sandbox.simulator.values.outcome import Page

ID, ORG, USER = "a" * 24, "b" * 24, "c" * 24
RECORD: dict[str, Any] = {
    "id": ID,
    "type": "customer",
    "attributes": {"name": "A", "rev": 1},
    "relationships": {"createdBy": {"type": "user", "id": USER}, "modifiedBy": None},
}
PLACE = re.compile(r"\{(\w+)\}")


def test_a_record_is_shown_with_its_relations_and_links(contracts: Contracts) -> None:
    """The organisation is a relation of every record though none stores it; empty relations are left out."""
    (resource,) = (r for r in contracts.resources.values() if r.type == "customer")
    shown = resource_object(RECORD, resource, ORG)
    relations = shown.pop("relationships")
    assert shown == {
        "type": "customer",
        "id": ID,
        "attributes": {"name": "A", "rev": 1},
        "links": {"self": f"/v1/customers/{ID}"},
    }
    assert relations["org"] == {"data": {"type": "org", "id": ORG}, "links": {"self": f"/v1/orgs/{ORG}"}}
    assert relations["createdBy"] == {"data": {"type": "user", "id": USER}, "links": {"self": f"/v1/users/{USER}"}}
    assert "modifiedBy" not in relations
    assert next(iter(relations)) == "org"


def test_a_hidden_attribute_is_never_shown(contracts: Contracts) -> None:
    """What a record keeps for the rules alone does not leave the simulator, and stays stored."""
    hiding = [resource for resource in contracts.resources.values() if resource.hidden]
    assert hiding
    for resource in hiding:
        secret = dict.fromkeys(resource.hidden, "hidden")
        named = {*PLACE.findall(resource.path)} - {"id", *secret}  # the links of some lead through it
        shown = {"name": "A", **dict.fromkeys(named, "A")}
        record = {"id": ID, "type": resource.type, "attributes": {**secret, **shown}, "relationships": {}}
        assert resource_object(record, resource, ORG)["attributes"] == shown
        assert record["attributes"] == {**secret, **shown}


def test_a_link_is_filled_with_id_and_klass() -> None:
    """Both kinds of placeholder stand in the contract's paths."""
    assert fill("/v1/customobjects/{klass}/{id}", ID, "orders") == f"/v1/customobjects/orders/{ID}"


@pytest.mark.parametrize(
    ("meta", "included", "document"),
    [
        (None, None, {"data": {"id": ID}}),
        (None, [], {"data": {"id": ID}, "included": []}),
        ({}, None, {"data": {"id": ID}, "meta": {}}),
        ({"a": 1}, [{"id": USER}], {"data": {"id": ID}, "included": [{"id": USER}], "meta": {"a": 1}}),
    ],
)
def test_a_single_answer_holds_only_what_it_has(
    meta: dict[str, Any] | None, included: list[dict[str, Any]] | None, document: dict[str, Any]
) -> None:
    """`included` and `meta` are absent unless they were asked for, and empty where there is nothing to show."""
    assert single_document({"id": ID}, included, meta) == document


def paged(outcome: Page, included: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return page_document(outcome, [{"id": ID}], included, path="/v1/x", query="a=b")


def test_a_list_without_pages_links_only_to_itself() -> None:
    """There is nothing to page through."""
    assert paged(Page(records=[RECORD])) == {"meta": {}, "data": [{"id": ID}], "links": {"self": "/v1/x"}}


def test_a_page_with_totals_tells_them() -> None:
    """21 records on pages of 10 are 3 pages; a rule's own meta is kept beside."""
    document = paged(
        Page(records=[RECORD], page=2, size=10, total=21, more=True, included=[{}], meta={"own": 1}), [{"id": USER}]
    )
    assert document["meta"] == {"pageSize": 10, "page": 2, "total": 21, "totalPages": 3, "own": 1}
    assert document["links"] == {
        "self": "/v1/x?a=b&page=2&pageSize=10",
        "first": "/v1/x?a=b&page=1&pageSize=10",
        "prev": "/v1/x?a=b&page=1&pageSize=10",
        "next": "/v1/x?a=b&page=3&pageSize=10",
        "last": "/v1/x?a=b&page=3&pageSize=10",
    }
    assert document["included"] == [{"id": USER}]


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2)])
def test_pages_are_counted_up(total: int, pages: int) -> None:
    """A started page is a page."""
    assert paged(Page(records=[], page=1, size=10, total=total))["meta"]["totalPages"] == pages


def test_a_page_without_totals_names_no_last_one() -> None:
    """Where the vendor tells no total, a last page would be an invention."""
    document = paged(Page(records=[], page=1, size=10))
    assert document["meta"] == {"pageSize": 10, "page": 1}
    assert sorted(document["links"]) == ["first", "next", "prev", "self"]
