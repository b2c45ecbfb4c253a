"""Pure: the form of a tool's arguments that is listed, made from the schema that is checked.

Every model API takes it: plain types, members, items, choices of texts, and words; nothing that refers elsewhere, and a
union only where an argument takes values of different types. A model pays for each token of it in every conversation,
so members of an object that are many or nested are told in words, in the notation that models know from TypeScript, and
arguments that are seldom needed are named at the end of the description. It tells less than what is checked and never
anything else: who keeps to it and still errs is told why by the checked schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kustomer_sandbox.mcp_server.tools.listing.single_forms import SingleForms

KEYWORDS: Final = frozenset({"type", "description", "properties", "required", "items", "enum", "anyOf"})
"""All that a listed schema is made of."""
MEMBERS: Final = 3
"""An object with more members than these, or with nested ones, is told in words."""

_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})
_LONG: Final = 12
"""A notation with more letters is told once: what has the same form later says so."""


def listed_schema(checked: Mapping[str, Any], *, seldom: Sequence[str] = ()) -> dict[str, Any]:
    """The input schema to list for one that is checked, a flat object with its own definitions."""
    forms = SingleForms(checked.get("$defs", {}))
    shown = {name: schema for name, schema in checked["properties"].items() if name not in seldom}
    root: dict[str, Any] = {
        "type": "object",
        "properties": {name: _argument(forms.of(schema), forms) for name, schema in shown.items()},
    }
    required = [name for name in checked.get("required", ()) if name in shown]
    return {**root, "required": required} if required else root


def seldom_words(checked: Mapping[str, Any], *, seldom: Sequence[str]) -> str:
    """A sentence that names the arguments left out of the listed schema, each with its form; empty if there are none.

    Of a large object it says no more than that it is one.
    """
    forms = SingleForms(checked.get("$defs", {}))
    known: dict[str, str] = {}
    told = []
    for name, schema in checked["properties"].items():
        form = forms.of(schema)
        notation = _notation(form, forms)
        first = known.setdefault(notation, name) if len(notation) > _LONG else name
        if name in seldom:
            told.append(_pair(name, f"like {first}" if first != name else _brief(form, notation)))
    return f"Seldom needed: {', '.join(told)}." if told else ""


def clearing_words(checked: Mapping[str, Any], *, seldom: Sequence[str]) -> str:
    """A sentence that names the listed arguments whose value null takes away, unless their own words say so."""
    forms = SingleForms(checked.get("$defs", {}))
    shown = {name: schema for name, schema in checked["properties"].items() if name not in seldom}
    names = [
        name
        for name, schema in shown.items()
        if forms.takes_null(schema) and "null" not in str(forms.of(schema).get("description", "")).lower()
    ]
    return f"Null clears {', '.join(names)}." if names else ""


def _brief(form: Mapping[str, Any], notation: str) -> str:
    return "object" if len(form.get("properties", ())) > MEMBERS else notation


def _argument(form: Mapping[str, Any], forms: SingleForms) -> dict[str, Any]:
    """One argument as it is listed: its structure, and in words what the structure leaves open."""
    structure = _structure(form, forms)
    words = [form.get("description", ""), _untold(form, structure, forms)]
    told = " ".join(word for word in words if word)
    kind = {"type": structure.pop("type")} if "type" in structure else {}
    return {**kind, **({"description": told} if told else {}), **structure}


def _structure(form: Mapping[str, Any], forms: SingleForms) -> dict[str, Any]:
    if "anyOf" in form:
        return {"anyOf": [_structure(branch, forms) for branch in form["anyOf"]]}
    found: dict[str, Any] = {"type": form["type"]}
    if "enum" in form:
        found["enum"] = form["enum"]
    if form["type"] == "array":
        found["items"] = _structure(forms.of(form.get("items", {})), forms)
    members = {name: forms.of(member) for name, member in form.get("properties", {}).items()}
    if 0 < len(members) <= MEMBERS and all(member.get("type") in _SCALARS for member in members.values()):
        found["properties"] = {name: _structure(member, forms) for name, member in members.items()}
        if form.get("required"):
            found["required"] = list(form["required"])
    return found


def _untold(form: Mapping[str, Any], structure: Mapping[str, Any], forms: SingleForms) -> str:
    """The members that the structure does not have, in words."""
    while form.get("type") == "array":
        form, structure = forms.of(form.get("items", {})), structure["items"]
    return _notation(form, forms) if form.get("properties") and "properties" not in structure else ""


def _notation(form: Mapping[str, Any], forms: SingleForms) -> str:
    """A form as TypeScript writes it; `string` goes without saying."""
    if "anyOf" in form:
        return "|".join(_notation(branch, forms) or "string" for branch in form["anyOf"])
    if "enum" in form:
        return "|".join(form["enum"])
    if form["type"] == "array":
        return (_notation(forms.of(form.get("items", {})), forms) or "string") + "[]"
    if form.get("properties"):
        return "{" + ", ".join(_members(form, forms)) + "}"
    return "" if form["type"] == "string" else str(form["type"])


def _members(form: Mapping[str, Any], forms: SingleForms) -> Iterator[str]:
    for name, member in form["properties"].items():
        optional = "" if name in form.get("required", ()) else "?"
        yield _pair(name + optional, _notation(forms.of(member), forms))


def _pair(name: str, notation: str) -> str:
    return f"{name}: {notation}" if notation else name
