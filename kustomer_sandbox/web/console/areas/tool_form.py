"""A form made from a tool's schema: one field for each argument, and the arguments that its fields mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kustomer_sandbox.web.console.calls import CallRefused

PREFIX: Final = "argument."
"""What the name of a field begins with; the argument's name follows."""
_NUMBERS: Final = ("integer", "number")


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """How one argument is asked for. `kind` is `choice`, `number`, `text` or `json`, which is JSON to be typed."""

    argument: str
    kind: str
    about: str
    is_required: bool
    choices: tuple[str, ...] = ()
    hint: str = ""
    type: str = ""

    @property
    def name(self) -> str:
        """The field's name in the form."""
        return PREFIX + self.argument


def fields(schema: Mapping[str, Any]) -> list[Field]:
    """The fields of a form, those that must be filled first."""
    required = schema.get("required", ())
    found = [_field(name, part, is_required=name in required) for name, part in schema.get("properties", {}).items()]
    return sorted(found, key=lambda one: not one.is_required)


def arguments(schema: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """What a filled form means; a field that is left empty is no argument. Raises `CallRefused` for what is no JSON."""
    return dict(_filled(schema, given))


def _filled(schema: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for field in fields(schema):
        text = given.get(field.name, "").strip()
        if not text:
            continue
        if field.kind == "text" or (field.kind == "choice" and field.type == "string"):
            yield field.argument, text
            continue
        try:
            yield field.argument, json.loads(text)
        except ValueError:
            raise CallRefused(400, f"{field.argument} is not valid JSON.") from None


def _field(name: str, part: Mapping[str, Any], *, is_required: bool) -> Field:
    type_ = str(part.get("type", ""))
    choices = ("true", "false") if type_ == "boolean" else tuple(str(value) for value in part.get("enum", ()))
    kind = "choice" if choices else "number" if type_ in _NUMBERS else "text" if type_ == "string" else "json"
    return Field(
        argument=name,
        kind=kind,
        about=str(part.get("description", "")),
        is_required=is_required,
        choices=choices,
        hint={"array": "[…]", "object": "{…}"}.get(type_, ""),
        type=type_,
    )
