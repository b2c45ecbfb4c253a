"""Pure: which parts of a record an answer shows: those that a model can use, or those that the argument `fields` names.

A list of whole records fills a model's context with what says nothing: lists without items, addresses that follow from
the id, and the organisation, which is the same everywhere. `fields` brings any of it back, and asks for less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME

FIELDS: Final = "fields"
EVERYTHING: Final = "*"
PROPERTY: Final[Mapping[str, Any]] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[^,]+$"},
    "minItems": 1,
    "maxItems": 50,
    "description": "Only these; * is all.",
}
_KEPT: Final = ("type", "id")
_PARTS: Final = ("attributes", "relationships")
_Tree = dict[str, JSON]


def condensed(record: JSON) -> JSON:
    """A record of a list without empty lists, without `links.self` and without its organisation."""
    if not isinstance(record, Mapping):
        return record
    shown = {name: _without_empty_lists(value) for name, value in record.items() if name != "relationships"}
    related = {
        name: inner
        for name, value in (record.get("relationships") or {}).items()
        if name != "org" and (inner := _without_address(_without_empty_lists(value)))
    }
    if related:
        shown["relationships"] = related
    return _without_address(shown)


def chosen(record: JSON, fields: Sequence[str]) -> JSON:
    """A record's type, id and what `fields` names of it, as it came: attributes and relationships, or paths in them."""
    if EVERYTHING in fields or not isinstance(record, Mapping):
        return record
    tree = _tree(fields)
    shown = {name: value for name, value in record.items() if name in _KEPT}
    for name, value in record.items():
        if name in _PARTS and isinstance(value, Mapping):
            named = tree.get(name)
            part = value if named == {} else _selected(value, {**tree, **(named or {})})
            if part:
                shown[name] = part
        elif name in tree:
            shown[name] = _selected(value, tree[name])
    return shown


def not_found(records: Iterable[JSON], fields: Sequence[str]) -> list[str]:
    """Those of `fields` that no record has, so that a misspelt one is seen; none that could be data."""
    wanted = {field: field.removeprefix("attributes.").removeprefix("relationships.") for field in fields}
    known = {EVERYTHING, *_PARTS}
    for record in records:
        if isinstance(record, Mapping):
            known |= {*record, *(record.get("attributes") or ()), *(record.get("relationships") or ())}
    missing = [field for field, name in wanted.items() if name.split(".")[0] not in known]
    return [field for field in missing if SAFE_NAME.fullmatch(field)]


def _without_empty_lists(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {name: _without_empty_lists(member) for name, member in value.items() if member != []}
    if isinstance(value, list):
        return [_without_empty_lists(item) for item in value]
    return value


def _without_address(value: JSON) -> JSON:
    """Without `links.self`, and without `links` if there are no others."""
    if not isinstance(value, Mapping) or not isinstance(value.get("links"), Mapping):
        return value
    others = {name: link for name, link in value["links"].items() if name != "self"}
    rest = {name: member for name, member in value.items() if name != "links"}
    return {**rest, "links": others} if others else rest


def _tree(fields: Sequence[str]) -> _Tree:
    """Paths as a tree; an end of a path is empty and stands for all below it."""
    tree: _Tree = {}
    for field in sorted(fields, key=len):
        node, steps = tree, field.split(".")
        for step in steps[:-1]:
            if node.get(step) == {}:
                break
            node = node.setdefault(step, {})
        else:
            node.setdefault(steps[-1], {})
    return tree


def _selected(value: JSON, tree: _Tree) -> JSON:
    if not tree:
        return value
    if isinstance(value, Mapping):
        return {name: _selected(member, tree[name]) for name, member in value.items() if name in tree}
    if isinstance(value, list):
        return [_selected(item, tree) for item in value]
    return value
