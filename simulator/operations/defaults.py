"""Get, list, look-up, create, update and delete as a contract describes them (`x-default`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.narrowing import narrowed
from kustomer_sandbox.simulator.operations.pages import page
from kustomer_sandbox.simulator.operations.writing import new_record, reference, without
from kustomer_sandbox.simulator.records.records import Place, folded
from kustomer_sandbox.simulator.values.errors import NothingFound
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Page, Single
from kustomer_sandbox.simulator.values.record import Record


def get(call: Call) -> Outcome:
    """One record by the path's id; several, in the order asked, when ids are separated by commas."""
    kind = call.operation.resource.type
    ids = call.path["id"].split(",")
    if len(ids) == 1:
        record = call.records.get_or_404(kind, ids[0])
        return Single(record=record, included=_included(call, [record]))
    found = [held for id in dict.fromkeys(ids) if (held := call.records.get(kind, id))]
    return Page(records=found, included=_included(call, found))


def lookup(call: Call) -> Outcome:
    """The record that holds the path's value in an index, or 404."""
    resource = call.operation.resource
    index = resource.indexes[call.operation.options["index"]]
    parameter = call.operation.options["at"].removeprefix("path.")
    value = call.path[parameter]
    found = call.records.get_by(resource.type, index.name, folded(index, value))
    if found is None:
        words = f"No {resource.type} has this {index.name}."
        raise NothingFound(words, parameter=parameter, rule="look-up-by-value")
    return Single(record=found, included=_included(call, [found]))


def _included(call: Call, records: Sequence[Record]) -> list[Record] | None:
    """The records that the relationship named by the query's `include` leads to, each once; None without `include`.

    There are none of a type that is not served yet: then the list is empty.
    """
    name = call.query.get("include")
    if name is None:
        return None
    references = (record["relationships"].get(name) for record in records)
    ids = dict.fromkeys((to["type"], to["id"]) for to in references if to)
    return [found for kind, id in ids if (found := call.records.get(kind, id))]


def list_(call: Call) -> Outcome:
    """A page of records by id, of all or of those under one key of an index.

    Options: `index` and `at` choose the key (`path.id`), `to` names the type whose absence is a 404; `by` are the
    attributes that the query may filter and sort by.
    """
    options = call.operation.options
    if "by" in options and (found := narrowed(call, options["by"])) is not None:
        return found
    if "to" in options:
        call.records.get_or_404(options["to"], call.path["id"])
    at: Place = call.path[options["at"].removeprefix("path.")] if "at" in options else None
    return page(call, options.get("index", "id"), at)


def create(call: Call) -> Outcome:
    """A new record from the body; a field that names a record (`x-ref`) becomes a relationship."""
    attributes, relationships = related(call)
    record = new_record(call, call.operation.resource.type, attributes, relationships=relationships)
    return Single(record=changes.create(call, record))


def update(call: Call) -> Outcome:
    """Change what the body names, or replace the document when `replace` is true."""
    record = call.records.get_or_404(call.operation.resource.type, call.path["id"])
    return Single(record=rewrite(call, record))


def rewrite(call: Call, record: Record) -> Record:
    """The stored record after the body's changes; honours `rev` and `replace`."""
    attributes, relationships = related(call)
    rev = attributes.pop("rev", None)
    if call.query.get("replace"):
        kept = {key: record["attributes"][key] for key in ("createdAt",) if key in record["attributes"]}
        base = new_record(call, record["type"], {**attributes, **kept}, id=record["id"])["attributes"]
        return changes.update_by_caller(call, {**record, "attributes": base}, relationships=relationships, rev=rev)
    return changes.update_by_caller(call, record, attributes, relationships=relationships, rev=rev)


def related(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body split into attributes and relationships: a field that names a record (`x-ref`) is one of the latter."""
    relate = {name: field.ref for name, field in call.operation.fields.items() if field.ref is not None}
    body = call.body or {}
    relationships = {}
    for field, kind in relate.items():
        if field in body:
            value = body[field]
            relationships[field] = None if value is None else reference(call, kind, value, field=field)
    return without(body, *relate), relationships


def delete(call: Call) -> Outcome:
    """Bury a record of a type that has `deleted` from the start, forget any other; unknown ids are a 404."""
    kind = call.operation.resource.type
    record = call.records.get_or_404(kind, call.path["id"])
    if "deleted" in call.records.defaults(kind):
        changes.bury(call, record)
    else:
        changes.delete(call, record)
    return NoContent()


DEFAULTS: dict[str, Callable[[Call], Outcome]] = {
    "get": get,
    "lookup": lookup,
    "list": list_,
    "create": create,
    "update": update,
    "delete": delete,
}
