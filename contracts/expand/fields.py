"""The field table of a resource: one row a field, from which the schemas of bodies and answers are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kustomer_sandbox.contracts.expand.names import SHARED, TYPES, Names, Node
from kustomer_sandbox.contracts.model import ContractError

SHOWN = "shown"
_DEFAULT_FORMS = {"create": "Create", "update": "Update", SHOWN: "Attributes"}
_STAMPS: Node = {
    "createdAt": {"type": "string", SHOWN: "required"},
    "updatedAt": {"type": "string", SHOWN: "required"},
    "modifiedAt": {"type": "string"},
}
"""What every answer shows of a record's life, unless the table has a row of that name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldTable:
    """The rows of one resource's table, and the names of the schemas that its columns make.

    A row is a schema with marks beside it. Each column (`create`, `update`, `shown`, or another of `forms`) says
    whether the field stands in that form: `true`, `required`, `false`, or a schema that differs from the row's. A row
    stands in `shown` unless it says otherwise, and in the others only if it says so. What may also be written is
    shown by its type, without the limits of what is written; what is only shown is shown as the row says.
    """

    names: Names
    document: str
    rows: Mapping[str, Any]
    forms: Mapping[str, str]

    def schemas(self) -> dict[str, Node]:
        """The schema of each form that has a field, by name. Raises `ContractError` for a mark that is none."""
        made = {name: self._schema(form) for form, name in self.forms.items()}
        return {name: schema for name, schema in made.items() if schema["properties"]}

    def _schema(self, form: str) -> Node:
        rows = {**self.rows, **{key: row for key, row in _STAMPS.items() if key not in self.rows}}
        properties, required = {}, []
        for name, row in (rows if form == SHOWN else self.rows).items():
            schema, needed = self._cell(form, name, row)
            if schema is not None:
                properties[name] = schema
            if needed:
                required.append(name)
        return {"type": "object", "properties": properties} | ({"required": required} if required else {})

    def _cell(self, form: str, name: str, written: Any) -> tuple[Any, bool]:
        """The field's schema in a form, None if it is not in it, and whether it must be there."""
        place = f"{self.document}: x-resource/fields/{name}"
        row = _mapping(written)
        base = {key: value for key, value in row.items() if key not in self.forms}
        # What names a record becomes a relationship, which is shown as such.
        mark = row.get(form, form == SHOWN and "x-ref" not in row)
        if mark is False:
            return None, False
        change, needed = _read(mark, f"{place}/{form}")
        if form != SHOWN:
            return (base if change is None else _laid_over(base, change)), needed
        if change is not None:
            return change, needed
        also_written = any(row.get(other) for other in self.forms if other != SHOWN)
        return (self._shape(base, place) if also_written else base), needed

    def _shape(self, schema: Any, place: str) -> Any:
        """What an answer shows of a field: its type, without the limits that hold for what is written.

        An id stays an id, the document's own schemas and whole objects stay as they are, tags are shown as ids.
        """
        node = _mapping(schema)
        if node.get("x-tags"):
            return {"type": "array", "items": "ObjectId"}
        ref = node.get("$ref")
        if ref is not None:
            found = self.names.target(ref, self.document)
            if found is None:
                raise ContractError(f"{place}: no document defines {ref!r} under components/schemas")
            own = found[0] != SHARED or "properties" in found[1] or ref.endswith("ObjectId")
            return {"$ref": ref} if own else self._shape(found[1], place)
        if "anyOf" in node and node["anyOf"][-1] in ("null", {"type": "null"}):
            first = self._shape(node["anyOf"][0], place)
            return {"type": [first["type"], "null"]} if "type" in first else {"anyOf": [first, {"type": "null"}]}
        shape = {key: node[key] for key in ("type",) if key in node}
        return shape | ({"items": self._shape(node["items"], place)} if "items" in node else {})


def table(names: Names, document: str, entry: Mapping[str, Any]) -> FieldTable:
    """The table of an `x-resource` that has `schema` and `fields`; `forms` names schemas that are called otherwise."""
    return FieldTable(names=names, document=document, rows=entry["fields"], forms=forms_of(entry))


def forms_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """The names of the schemas that an `x-resource` with `schema` makes of its fields, by form."""
    return {**{form: entry["schema"] + ending for form, ending in _DEFAULT_FORMS.items()}, **entry.get("forms", {})}


def _mapping(schema: Any) -> Node:
    """A schema that may be written as a word, as a mapping."""
    if isinstance(schema, str):
        return {"type": schema} if schema in TYPES else {"$ref": schema}
    return dict(schema)


def _read(mark: Any, place: str) -> tuple[Any, bool]:
    """What a mark changes of the row's schema, None if nothing, and whether the field must be there."""
    if mark is True or mark == "required":
        return None, mark == "required"
    if isinstance(mark, str):
        return mark, False
    if not isinstance(mark, Mapping):
        raise ContractError(f"{place}: must not be {mark!r}: a mark is true, false, required or a schema")
    needed = mark.get("required") is True
    change = {key: value for key, value in mark.items() if key != "required" or not needed}
    return change or None, needed


def _laid_over(base: Node, change: Any) -> Node:
    """The row's schema with what differs; null takes a key away. Another schema keeps the row's words and meaning."""
    kept = {key: value for key, value in base.items() if key == "description" or key.startswith("x-")}
    new = _mapping(change)
    if isinstance(change, str) or "$ref" in base or "$ref" in new or "anyOf" in new:
        return kept | new
    return {key: value for key, value in {**base, **new}.items() if value is not None}
