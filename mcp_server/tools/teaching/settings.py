"""Pure: what an account's own settings say of a wrong call: the names of its Klasses and of custom attributes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kustomer_sandbox.contracts.build.search_operators import CUSTOM_CLASSES
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME
from kustomer_sandbox.mcp_server.tools.teaching.finders import resource_of
from kustomer_sandbox.mcp_server.tools.teaching.hints import CUSTOM, meant_argument
from kustomer_sandbox.mcp_server.tools.teaching.search_words import CUSTOM as CUSTOM_SEARCH
from kustomer_sandbox.mcp_server.tools.teaching.search_words import GROUPS
from kustomer_sandbox.mcp_server.tools.teaching.shapes import plain

KLASSES: Final = "klasses"
KOBJECT: Final = "kobject"
METADATA: Final = "/v1/metadata/"
_LIKE: Final = 0.55
_MOST: Final = 25
_MOST_VALUES: Final = 15
_ENDS: Final = tuple(CUSTOM_CLASSES)


def klass_argument(definition: Definition) -> str:
    """The argument that takes the name of a Klass; empty if the tool has none."""
    paths = [argument.name for argument in definition.tool.arguments if argument.place == "path"]
    return next((name for name in paths if resource_of(name, definition) == KLASSES and name != "id"), "")


def as_meant(definition: Definition, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments under the names that were meant."""
    known = definition.input_schema["properties"]
    meant = {name: name if name in known else meant_argument(name, definition, given) for name in given}
    return {meant[name] or name: value for name, value in given.items()}


def klass_words(given: str, klasses: Sequence[str]) -> tuple[str, str]:
    """What to say of a Klass that there is not, and the one that was probably meant; empty for one that there is."""
    if given in klasses:
        return "", given
    near = _nearest(given, klasses)
    there_are = f"the Klasses are {', '.join(sorted(klasses)[:_MOST])}" if klasses else "there are no Klasses"
    told = f"the Klass is called `{near}`" if near else f"there is no Klass of this name; {there_are}"
    return told, near


def custom_names(definition: Definition, given: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The custom attributes that a call writes, and the names that were perhaps written beside `custom` by mistake."""
    known = definition.input_schema["properties"]
    if CUSTOM not in known:
        return [], []
    custom = given.get(CUSTOM)
    inside = list(custom) if isinstance(custom, Mapping) else []
    return inside, [name for name in given if name not in known and SAFE_NAME.fullmatch(name)]


def searched_names(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Custom attributes that a search names in a wrong form: the type of record or Klass, and the attribute."""
    found = []
    for name in _names(*(given.get(group) for group in GROUPS)):
        match = CUSTOM_SEARCH.fullmatch(name)
        if match and not name.endswith(_ENDS):
            kind, rest = match.groups()
            klass, _, attribute = rest.partition("_")
            found.append((f"{KOBJECT}.{klass}", attribute) if kind == KOBJECT else (kind, rest))
    return found


def attribute_words(name: str, known: Mapping[str, Any], *, is_refused: bool) -> str:
    """Which custom attribute was meant by a name, and which values it takes; empty where nothing is wrong with it."""
    facts = known.get(name)
    if facts is not None:
        return f"`{name}` takes {_values(facts)}" if is_refused and _values(facts) else ""
    near = _nearest(name, list(known))
    if not near:
        return ""
    values = _values(known[near])
    return f"{_shown(name)}: did you mean `{near}`{f', which takes {values}' if values else ''}?"


def all_attributes(known: Mapping[str, Any]) -> str:
    """The names of all custom attributes, in a sentence."""
    return f"the custom attributes are {', '.join(sorted(known)[:_MOST])}" if known else ""


def properties_of(body: JSON) -> dict[str, Any]:
    """The custom attributes that a metadata document describes, without those that were deleted."""
    data = body.get("data") if isinstance(body, Mapping) else None
    attributes = data.get("attributes") if isinstance(data, Mapping) else None
    found = attributes.get("properties") if isinstance(attributes, Mapping) else None
    known = found if isinstance(found, Mapping) else {}
    return {name: facts for name, facts in known.items() if isinstance(facts, Mapping) and not facts.get("deletedAt")}


def names_of(body: JSON) -> list[str]:
    """The names of the Klasses in a page of them."""
    data = body.get("data") if isinstance(body, Mapping) else None
    records = data if isinstance(data, list) else []
    attributes = [record.get("attributes") for record in records if isinstance(record, Mapping)]
    names = [each.get("name") for each in attributes if isinstance(each, Mapping)]
    return [name for name in names if isinstance(name, str)]


def metadata_klass(definition: Definition, given: Mapping[str, Any]) -> str:
    """The Klass whose attributes a call asks for, also if written without `kobject.`; empty for any other call."""
    if not definition.operation.path.startswith(METADATA):
        return ""
    argument = next(argument for argument in definition.tool.arguments if argument.place == "path")
    kind, dot, klass = str(given.get(argument.name, "")).partition(".")
    if dot and kind == KOBJECT:
        return klass
    return "" if re.search(rf"[(|]{re.escape(kind)}[|)]", definition.shapes.pattern_at((argument.name,))) else kind


def _nearest(name: str, known: Sequence[str]) -> str:
    """The known name that is the same but for case, plural or type, else the most similar."""
    wanted = _stem(name)
    same = [each for each in known if _stem(each) == wanted]
    if same:
        return same[0]
    stems = {_stem(each): each for each in known}
    near = difflib.get_close_matches(wanted, list(stems), n=1, cutoff=_LIKE)
    return stems[near[0]] if near else ""


def _stem(name: str) -> str:
    end = next((end for end in _ENDS if name.endswith(end)), "")
    return plain(name[:100].removesuffix(end)).rstrip("s")


def _values(facts: Mapping[str, Any]) -> str:
    values = facts.get("enumeration")
    texts = [str(value) for value in values[:_MOST_VALUES]] if isinstance(values, list) else []
    return f"one of {', '.join(texts)}" if texts else ""


def _names(*nodes: JSON) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, list):
            yield from _names(*node)
        elif isinstance(node, Mapping):
            yield from node
            yield from _names(*(node[name] for name in node if name in GROUPS))


def _shown(name: str) -> str:
    return f"`{name}`" if SAFE_NAME.fullmatch(name) else "a custom attribute"
