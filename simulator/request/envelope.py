"""Pure: a record or a page as the JSON document that goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from kustomer_sandbox.contracts.model import Resource
from kustomer_sandbox.contracts.relationship import Relationship
from kustomer_sandbox.simulator.operations.system import SYSTEM
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, RawDocument, Single
from kustomer_sandbox.simulator.values.paging import PageRequest, page_links, pages_of
from kustomer_sandbox.simulator.values.record import JSON, Record


def resource_object(record: Record, resource: Resource, org: str) -> dict[str, Any]:
    """`{type, id, attributes, relationships, links}` of a stored record."""
    attributes = record["attributes"]
    if resource.hidden:
        attributes = attributes.copy()
        for name in resource.hidden:
            attributes.pop(name, None)
    return {
        "type": record["type"],
        "id": record["id"],
        "attributes": attributes,
        "relationships": _relationships(record, resource.relationships, org),
        "links": _links(record, resource),
    }


def _links(record: Record, resource: Resource) -> dict[str, str]:
    links = {"self": _self_link(record, resource.path)}
    return {**links, "related": record["related"]} if "related" in record else links


def _self_link(record: Record, path: str) -> str:
    link = fill(path, record["id"], record.get("plural") or record.get("klass", ""))
    return link if "{" not in link else link.format_map(_places(record))


def _places(record: Record) -> dict[str, JSON]:
    """What else a path may name: an attribute, or the record that a relationship leads to."""
    related = {name: to["id"] for name, to in record["relationships"].items() if isinstance(to, dict)}
    return {**record["attributes"], **related}


def fill(template: str, id: str, klass: str = "") -> str:
    """A link's path with the record's id and Klass in it."""
    return template.replace("{id}", id).replace("{klass}", klass)


def _relationships(record: Record, declared: Iterable[Relationship], org: str) -> dict[str, Any]:
    stored = record.get("relationships", {})
    shown: dict[str, Any] = {}
    for relation in declared:
        name = relation.name
        if name == "org":
            shown[name] = _to_one("org", org, relation)
        elif relation.links_only:
            shown[name] = {"links": {"self": fill(relation.path, record["id"], record.get("klass", ""))}}
        elif relation.per_klass:
            shown = _of_klasses(record, relation) | shown
        elif isinstance(reference := stored.get(name), list):
            shown[name] = _to_many(reference, relation)
        elif reference and reference["id"] != SYSTEM.user_id:  # nobody could look it up
            shown[name] = _to_one(reference["type"], reference["id"], relation)
    return shown


def _of_klasses(record: Record, relation: Relationship) -> dict[str, Any]:
    """A link for each Klass that the record has objects of, named by the plural."""
    return {
        plural: {"links": {"self": fill(relation.path, record["id"], plural)}, "meta": {"kobject": True}}
        for plural in record.get("klasses", ())
    }


def _to_many(references: list[Any], relation: Relationship) -> JSON:
    return (
        [_to_one(item["type"], item["id"], relation) for item in references]
        if relation.listed
        else {"data": references}
    )


def _to_one(kind: str, id: str, relation: Relationship) -> dict[str, Any]:
    path = fill(relation.path, id, id)
    return {"data": {"type": relation.shown_type or kind, "id": id}, relation.links_key: {"self": path}}


def document_of(
    outcome: Outcome, data: Sequence[JSON], included: Sequence[JSON] | None, *, path: str, query: str
) -> JSON:
    """The document of an outcome whose records look like `data`, or None; `path` and `query` are the request's."""
    if isinstance(outcome, Single):
        return single_document(data[0], included, outcome.meta)
    if isinstance(outcome, Page):
        return page_document(outcome, data, included, path=path, query=query)
    return outcome.document if isinstance(outcome, RawDocument) else None


def single_document(
    data: JSON, included: Sequence[JSON] | None = None, meta: Mapping[str, JSON] | None = None
) -> dict[str, Any]:
    """`{data[, included][, meta]}`."""
    document: dict[str, Any] = {"data": data}
    if included is not None:
        document["included"] = included
    if meta is not None:
        document["meta"] = dict(meta)
    return document


def page_document(
    outcome: Page, data: Sequence[JSON], included: Sequence[JSON] | None, *, path: str, query: str
) -> dict[str, Any]:
    """`{meta, data, links[, included]}`; without a page, `links` holds only `self`."""
    document: dict[str, Any] = {"meta": dict(outcome.meta), "data": data, "links": {"self": path}}
    if outcome.page is not None and outcome.size is not None:
        pages = None if outcome.total is None else pages_of(outcome.total, outcome.size)
        document["meta"] = {**_page_meta(outcome, pages), **outcome.meta}
        page = PageRequest(number=outcome.page, size=outcome.size)
        parameters = parse_qsl(query, keep_blank_values=True)
        document["links"] = page_links(path, parameters, page, more=outcome.more, pages=pages)
    if included is not None:
        document["included"] = included
    return document


def _page_meta(outcome: Page, pages: int | None) -> dict[str, Any]:
    meta: dict[str, Any] = {"pageSize": outcome.size, "page": outcome.page}
    if pages is not None:
        meta |= {"total": outcome.total, "totalPages": pages}
    return meta
