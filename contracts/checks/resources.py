"""The facts of a record type: its schema, stored attributes, defaults, indexes, relationships, what can be masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kustomer_sandbox.contracts.checks.values import STAMPS, kinds_of, leaves, lost, properties, record_schema
from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit
from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import Index, Resource, Schema
from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.contracts.vocabulary.complaints import nearest
from kustomer_sandbox.contracts.vocabulary.shapes import shown

CUSTOMER = "customer"


def types_once(whole: AllDocuments) -> Iterator[Misfit]:
    """No two documents describe one type, and none a type that is said not to be described."""
    for name, resource in whole.resources.items():
        first, _ = whole.types[resource.type]
        if first != name:
            yield Misfit(first, ("x-resource", "type"), f"{resource.type!r} is described by {name} already")
        if resource.type in whole.unserved:
            yield Misfit(name, ("x-resource", "type"), f"x-types says that no document describes {resource.type!r}")


def attributes(whole: AllDocuments) -> Iterator[Misfit]:
    """The schema of the attributes is there, and is the one that the type's records have in answers."""
    for name, resource in whole.resources.items():
        schema, place = resource.attributes_schema, ("x-resource", "attributes")
        if schema is None:
            continue
        if schema not in whole.schemas:
            yield Misfit(name, place, f"there is no schema {schema!r}{nearest(schema, list(whole.schemas))}")
            continue
        records = [record for record in whole.schemas.values() if _is_record_of(whole, record, resource.type)]
        shown_as = [record["properties"]["attributes"].get("$ref", "").rpartition("/")[2] for record in records]
        if schema not in shown_as:
            instead = f", but {' or '.join(shown_as)}" if any(shown_as) else ""
            yield Misfit(name, place, f"no schema of {resource.type!r} records has attributes of {schema!r}{instead}")
        if not properties(whole, whole.schemas[schema]):
            yield Misfit(name, place, f"{schema!r} names no attributes")


def _is_record_of(whole: AllDocuments, schema: Schema, kind: str) -> bool:
    fields = schema.get("properties", {})
    if not {"type", "attributes"} <= fields.keys():
        return False
    is_kind = resolve(whole.merged, fields["type"])
    pattern = is_kind.get("pattern")
    return is_kind.get("const") == kind or bool(pattern and re.match(pattern, f"{kind}.klass"))


def hidden(whole: AllDocuments) -> Iterator[Misfit]:
    """What is hidden is a stamp, and the answers' schema does not promise it."""
    for name, resource in whole.resources.items():
        promised = properties(whole, whole.schemas.get(resource.attributes_schema or "", {}))
        for field in resource.hidden:
            place = ("x-resource", "stored", field) if field in resource.stored else ("x-resource", "hidden")
            if field in promised:
                yield Misfit(name, place, f"{field!r} is hidden, and {resource.attributes_schema} promises it")
            elif field not in STAMPS and field not in resource.stored:
                near = nearest(field, list(STAMPS))
                yield Misfit(
                    name, place, f"{field!r} is no stamp ({', '.join(STAMPS)}){near}; others stand in `stored`"
                )


def defaults(whole: AllDocuments) -> Iterator[Misfit]:
    """A new record starts with attributes that exist, and values they may have."""
    for name, resource in whole.resources.items():
        known = record_schema(whole, resource)["properties"]["attributes"]["properties"]
        for field, value in resource.defaults.items():
            place = ("x-resource", "defaults", field)
            if field not in known:
                yield Misfit(name, place, f"there is no such attribute{nearest(field, list(known))}")
                continue
            for finding in Checker(known[field], whole.merged).findings(value)[:1]:
                where = ".".join(map(str, finding.path))
                yield Misfit(name, place, f"{where or shown(value)} does not fit the attribute: {finding.reason}")


def indexes(whole: AllDocuments) -> Iterator[Misfit]:
    """An index reads values that records can have: single ones, not lists or objects."""
    for name, resource in whole.resources.items():
        record = record_schema(whole, resource)
        for index in resource.indexes.values():
            for words in _index_faults(whole, record, index):
                yield Misfit(name, ("x-resource", "indexes", index.name, "path"), words)


def _index_faults(whole: AllDocuments, record: Schema, index: Index) -> Iterator[str]:
    for path in (index.path, *index.joined):
        for single in [(*path[:-1], field) for field in path[-1].split("+")]:
            found = leaves(whole, record, single)
            kinds = kinds_of(found)
            if not found:
                yield lost(whole, record, single)
            elif kinds & {"array", "object"}:
                yield f"{'.'.join(single)} is no single value{'; it is a list: write .*' if 'array' in kinds else ''}"
            elif index.fold and kinds and "string" not in kinds:
                yield f"{'.'.join(single)} is no text, so fold has no sense"


def relationships(whole: AllDocuments) -> Iterator[Misfit]:
    """A relationship leads to a known type, by the path of that type's records."""
    known = {**{kind: resource.path for kind, (_, resource) in whole.types.items()}, **whole.unserved}
    served = {re.sub(r"\{[a-zA-Z]+\}", "{}", path) for path in whole.merged["paths"]}
    for name, resource in whole.resources.items():
        for relation in resource.relationships:
            place = ("x-resource", "relationships", relation.name)
            if relation.type not in known:
                yield Misfit(
                    name, (*place, "type"), f"{relation.type!r} is no record type{nearest(relation.type, list(known))}"
                )
            elif relation.links_only or relation.per_klass:
                if re.sub(r"\{[a-zA-Z]+\}", "{}", relation.path) not in served:
                    yield Misfit(name, (*place, "path"), f"no document has the path {relation.path!r}")
            elif relation.path != known[relation.type]:
                yield Misfit(name, (*place, "path"), f"{relation.type} records are at {known[relation.type]!r}")


def self_link(whole: AllDocuments) -> Iterator[Misfit]:
    """What the path of a record names is its id, its Klass, one of its attributes or a record it is related to."""
    for name, resource in whole.resources.items():
        attributes = record_schema(whole, resource)["properties"]["attributes"]["properties"]
        known = {"id", "klass", *attributes, *(relation.name for relation in resource.relationships)}
        for step in re.findall(r"\{([a-zA-Z]+)\}", resource.path):
            if step not in known:
                words = f"the record has no {step!r}{nearest(step, sorted(known))}"
                yield Misfit(name, ("x-resource", "path"), words)


def sensitive(whole: AllDocuments) -> Iterator[Misfit]:
    """What can be masked exists, and so do the attributes whose flags it takes and the owner."""
    for name, resource in whole.resources.items():
        if resource.sensitive is None:
            continue
        schema = record_schema(whole, resource)["properties"]["attributes"]
        place = ("x-resource", "sensitive")
        for field, paths in resource.sensitive.attributes.items():
            for path in paths:
                if path.split(".")[0] != field:
                    yield Misfit(name, (*place, "attributes", field), f"{path!r} does not begin with {field!r}")
                yield from _lost(whole, name, (*place, "attributes", field), schema, path)
        for path, sources in resource.sensitive.inherits.items():
            yield from _lost(whole, name, (*place, "inherits", path), schema, path)
            for source in sources:
                yield from _unflagged(whole, name, (*place, "inherits", path), resource, source)
        for path, fields in resource.sensitive.repeats.items():
            yield from _lost(whole, name, (*place, "repeats", path), schema, path)
            for field in fields:
                yield from _unflagged(whole, name, (*place, "repeats", path), resource, field)
        yield from _owner(name, resource)


def _lost(
    whole: AllDocuments, name: str, place: tuple[str | int, ...], schema: Mapping[str, object], path: str
) -> Iterator[Misfit]:
    if not leaves(whole, schema, path.split(".")):
        yield Misfit(name, place, lost(whole, schema, path.split(".")))


def _unflagged(
    whole: AllDocuments, name: str, place: tuple[str | int, ...], resource: Resource, source: str
) -> Iterator[Misfit]:
    kind, _, field = source.rpartition(".")
    owner = whole.types[kind][1] if kind in whole.types else None if kind else resource
    flags = list(owner.sensitive.attributes) if owner and owner.sensitive else []
    if field not in flags:
        yield Misfit(name, place, f"{source!r} is no attribute that can be sensitive{nearest(field, flags)}")


def _owner(name: str, resource: Resource) -> Iterator[Misfit]:
    """The owner is a customer: the record itself, or one that it is related to."""
    rules = resource.sensitive
    owner = rules.owner if rules else ()
    related = {relation.name: relation.type for relation in resource.relationships}
    kind = resource.type if owner == ("id",) else related.get(owner[1] if len(owner) > 1 else "")
    if owner and kind != CUSTOMER:
        yield Misfit(name, ("x-resource", "sensitive", "owner"), f"{'.'.join(owner)!r} is no id of a {CUSTOMER}")
