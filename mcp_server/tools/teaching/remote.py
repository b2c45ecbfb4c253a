"""Pure: what to do about a refusal of the upstream: which tool finds an id that it did not know, or another look-up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.teaching.finders import (
    ToolCatalogue,
    finders,
    is_id_argument,
    joined,
    resource_at,
    resource_of,
)

_NOT_FOUND: Final = 404
_USING: Final = "using_"
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_MASK: Final = "***"


def remote_hints(
    definition: Definition, arguments: Mapping[str, Any], document: Mapping[str, Any], available: ToolCatalogue
) -> list[str]:
    """What to do about an error of the upstream, by the places that it names. `document` is the error's envelope."""
    places = list(_places(document.get("raw_response")))
    if document.get("statusCode") == _NOT_FOUND:
        return _not_found(definition, arguments, places, available)
    return list(_unknown_references(definition, places, available))


def _not_found(
    definition: Definition, arguments: Mapping[str, Any], places: list[str], available: ToolCatalogue
) -> list[str]:
    method = definition.tool.method_name
    if method.startswith(_USING):
        return [_look_up(definition, method.removeprefix(_USING), arguments, available)]
    names = [argument.name for argument in definition.tool.arguments if _is_id(argument.name, definition)]
    wires = {argument.wire: argument.name for argument in definition.tool.arguments}
    named = [wires[place] for place in places if place in wires]
    told = []
    for name in [name for name in named or names[-1:] if name in names]:
        found = [tool for tool in finders(resource_of(name, definition), available) if tool != definition.name]
        if found:
            told.append(f"`{name}` is checked with {joined(found)}; an id of another kind of record is not found here")
    return told


def _is_id(name: str, definition: Definition) -> bool:
    return is_id_argument(name, definition) and definition.shapes.takes_ids_at((name,))


def _unknown_references(definition: Definition, places: list[str], available: ToolCatalogue) -> Iterator[str]:
    by_wire = {argument.wire: argument.name for argument in definition.tool.arguments}
    for place in places:
        name = by_wire.get(place.strip("/").split("/")[0], "")
        if name and definition.shapes.takes_ids_at((name,)):
            found = finders(resource_at((name,), definition), available)
            if found:
                yield f"the ids for `{name}` are found with {joined(found)}"


def _look_up(definition: Definition, by: str, arguments: Mapping[str, Any], available: ToolCatalogue) -> str:
    """What fits a look-up that found nothing, by the looks of its value, which is not repeated."""
    resource = definition.tool.resource
    value = next((str(arguments[a.name]) for a in definition.tool.arguments if a.place == "path"), "")
    others = [name for name in finders(resource, available) if name != definition.name]
    told = _looks(by, value)
    ways = f"other ways are {joined(others, shown=4)}" if others else ""
    return "; ".join(word for word in (told, ways) if word)


def _looks(by: str, value: str) -> str:
    if _MASK in value:
        return f"{_MASK} stands for a masked value, which is no value to look up"
    if by == "email":
        wrong = "that is no e-mail address; a person's name is searched for with customer_name"
        return "the whole address must be the same" if "@" in value else wrong
    if by == "phone":
        form = "give the whole number with + and its country code, without spaces, such as +15555550100"
        if "@" in value:
            return "that is an e-mail address and no phone number"
        return "the whole number must be the same" if _E164.fullmatch(value) else form
    return "it must be the same in every letter, and is not the id of 24 hexadecimal digits"


def _places(raw: object) -> Iterator[str]:
    """The pointers and parameters that an error document names."""
    errors = raw.get("errors") if isinstance(raw, Mapping) else None
    for error in errors if isinstance(errors, list) else ():
        source = error.get("source") if isinstance(error, Mapping) else None
        if isinstance(source, Mapping):
            yield from (source[key] for key in ("pointer", "parameter") if isinstance(source.get(key), str))
