"""What `x-resource` stands for beyond itself: its record's schema, its forms, and the usual relationships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kustomer_sandbox.contracts.expand.fields import table
from kustomer_sandbox.contracts.expand.names import Names, Node, component, resources
from kustomer_sandbox.contracts.expand.schemas import SchemaExpander
from kustomer_sandbox.contracts.model import ContractError
from kustomer_sandbox.contracts.vocabulary.complaints import nearest

_VALUES: dict[str, Node] = {
    "datetime": {"format": "date-time"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}
"""What the values of a searchable attribute are, by its operator, unless it says otherwise."""
_WRITTEN_ONLY = ("schema", "fields", "forms", "answers")


def add_made_schemas(documents: Mapping[str, Node]) -> dict[str, Node]:
    """The documents with the schemas that each `x-resource` describes, under what is written of the same name."""
    names = Names(documents=documents)
    return {name: _with_schemas(names, name, document) for name, document in documents.items()}


def _with_schemas(names: Names, document: str, whole: Node) -> Node:
    entry = whole.get("x-resource")
    if not isinstance(entry, Mapping):
        return whole
    if "schema" not in entry:
        if extra := next((key for key in _WRITTEN_ONLY if key in entry), None):
            raise ContractError(f"{document}: x-resource/{extra}: needs schema, the name of the record's schema")
        return whole
    written = component(whole, "schemas")
    made = {entry["schema"]: _record(entry)} if entry["schema"] not in written else {}
    if "fields" in entry:
        for name, schema in table(names, document, entry).schemas().items():
            made[name] = _under(schema, written.get(name, {}))
    return {**whole, "components": {**whole.get("components", {}), "schemas": {**written, **made}}}


def _record(entry: Mapping[str, Any]) -> Node:
    """A record as answers show it."""
    properties = {
        "type": {"const": entry["type"]},
        "id": "ObjectId",
        "attributes": f"{entry['schema']}Attributes",
        "relationships": "Relationships",
        "links": "SelfLink",
    }
    return {"properties": properties, "required": list(properties)}


def _under(made: Node, written: Mapping[str, Any]) -> Node:
    """A made schema with what is written of it besides: a description, further fields."""
    fields = {**made["properties"], **written.get("properties", {})}
    required = [*made.get("required", ()), *written.get("required", ())]
    return {**made, **written, "properties": fields} | ({"required": required} if required else {})


def plain_resource(document: str, entry: Mapping[str, Any], names: Names) -> Node:
    """`x-resource` in full: named relationships spelled out, what only the expansion reads left out."""
    plain = {key: value for key, value in entry.items() if key not in _WRITTEN_ONLY}
    if "schema" in entry and f"{entry['schema']}Attributes" in component(names.documents[document], "schemas"):
        plain.setdefault("attributes", f"{entry['schema']}Attributes")
    if isinstance(entry.get("stored"), Mapping):
        schemas, place = SchemaExpander(names=names, document=document), f"{document}: x-resource/stored"
        plain["stored"] = {key: schemas.plain(part, f"{place}/{key}") for key, part in entry["stored"].items()}
    if "relationships" in entry:
        plain["relationships"] = _relationships(document, entry["relationships"], names)
    return plain


def _relationships(document: str, written: Any, names: Names) -> Node:
    """Relationships by name, in their order.

    A bare name is one of the shared document's `x-relationships`, else its own type. The path is that of the type's
    document, or of the shared document's `x-types`, unless it is said.
    """
    described: Node = {str(entry.get("type")): entry.get("path") for _, entry in resources(names.documents)}
    paths: Node = names.shared("x-types") | described
    usual: Node = {name: {"type": name} for name in paths}
    usual |= names.shared("x-relationships")
    items = list(written.items()) if isinstance(written, Mapping) else []
    for item in written if isinstance(written, list) else ():
        items += item.items() if isinstance(item, Mapping) else [(item, None)]
    found: Node = {}
    for name, given in items:
        if given is None and name not in usual:
            near = nearest(name, list(usual))
            raise ContractError(f"{document}: x-resource/relationships: {name!r} is no known type{near}")
        fact = dict(usual[name] if given is None else given)
        if fact.get("type") in paths:
            fact.setdefault("path", paths[fact["type"]])
        if "type" in fact and "path" not in fact:
            raise ContractError(
                f"{document}: x-resource/relationships/{name}: a path is missing, for {fact['type']!r} is neither"
                f" among x-types nor a document's type{nearest(str(fact['type']), list(paths))}"
            )
        found[name] = fact
    return found


def plain_search(written: Any) -> Any:
    """`x-search` with the values that follow from the operators."""
    if not isinstance(written, Mapping) or not isinstance(written.get("attributes"), Mapping):
        return written
    attributes = {
        name: {**_VALUES.get(str(entry.get("operator")), {}), **entry} if isinstance(entry, Mapping) else entry
        for name, entry in written["attributes"].items()
    }
    return {**written, "attributes": attributes}
