"""Klasses: the kinds of custom object an organisation keeps, addressed by their names."""

from __future__ import annotations

import re

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call, Context
from kustomer_sandbox.simulator.operations.pages import in_order, page, page_of_records
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.errors import Conflict, NotFound, Problem
from kustomer_sandbox.simulator.values.outcome import NoContent, Outcome, Single
from kustomer_sandbox.simulator.values.record import Record


@rule("klasses.list_klasses")
def list_klasses(call: Call) -> Outcome:
    """A page of the Klasses of one status, enabled ones unless told otherwise; or the one of a name, if it has it."""
    status, query = call.query.get("status", "enabled"), call.query
    if "name" not in query and "sort" not in query:
        return page(call, "status", status)
    index, at = ("name", query["name"]) if "name" in query else ("status", status)
    found = [klass for klass in call.records.find("klass", index, at) if klass["attributes"]["status"] == status]
    return page_of_records(call, in_order(found, query.get("sort", "")))


@rule("klasses.create")
def create(call: Call) -> Outcome:
    """A new Klass; a name another one has is a conflict."""
    name = call.body["name"]
    record = new_record(call, "klass", {**call.body, "plural": plural(name)})
    record["klass"] = name
    return Single(record=changes.create(call, record))


@rule("klasses.delete")
def delete(call: Call) -> Outcome:
    """Forget a Klass and its attributes' metadata, unless objects of it exist (status 409 inferred)."""
    klass = call.records.get_or_404("klass", call.path["id"])
    name = klass["attributes"]["name"]
    if call.records.get_by("kobject", "klass", name):
        words = "Objects of this Klass exist; delete them first, or set its status to disabled."
        raise Conflict(Problem(message=words, parameter="id"), rule="klass-with-objects-stays")
    changes.delete(call, klass)
    metadata = call.records.get("metadata", f"kobject.{name}")
    if metadata and not call.reads("klass-deletion-forgets-metadata", "kept"):
        changes.delete(call, metadata)
        call.world.forget_masked_paths()
    return NoContent()


def need_klass(context: Context, name: str, *, parameter: str = "name") -> Record:
    """The Klass of this name, or else the one of this plural, as self links spell it.

    Raises `NotFound`; `parameter` is the path parameter that holds the name.
    """
    if found := context.records.get_by("klass", "name", name):
        return found
    found = context.records.get_by("klass", "plural", name)
    if found and not context.reads("klass-by-plural", "name-alone"):
        return found
    words = "There is no Klass of this name; list the Klasses for those there are."
    if alike := _alike(context, name):
        words = f"There is no Klass of this name, which is told apart by case; `{alike}` is one."
    raise NotFound(Problem(message=words, parameter=parameter), rule="klass-by-name")


def _alike(context: Context, name: str) -> str:
    """The name of a Klass that is called so in another case, or shown so to people; empty if none is."""
    meant = name.casefold()
    for klass in context.records.find("klass", "status", "enabled"):
        shown = klass["attributes"]
        if meant in {
            shown["name"].casefold(),
            plural(shown["name"]).casefold(),
            shown.get("displayName", "").casefold(),
        }:
            return str(shown["name"])
    return ""


def plural(name: str) -> str:
    """A Klass's name as its objects' self links spell it: `order` -> `orders`, `delivery` -> `deliveries`."""
    if name.endswith("s"):
        return name
    if re.search(r"[^aeiou\W\d_]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}s"
