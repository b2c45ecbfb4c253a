"""Pure: what to do about a refused argument, derived from its schema and the tools that the caller may use."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from typing import Final

from kustomer_sandbox.contracts.build.search_operators import CUSTOM_CLASSES
from kustomer_sandbox.contracts.validation import Finding
from kustomer_sandbox.mcp_server.tools.definitions import NEXT_CURSOR, Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME, show
from kustomer_sandbox.mcp_server.tools.teaching.channels import APP, CHANNEL, channel_words
from kustomer_sandbox.mcp_server.tools.teaching.finders import (
    ToolCatalogue,
    is_id_argument,
    joined,
    listers,
    plural_of,
    resource_at,
    resource_of,
    way_to,
)
from kustomer_sandbox.mcp_server.tools.teaching.shapes import plain

CURSOR_HINT: Final = (
    "return next_cursor exactly as received from the previous call of this tool, with the same other arguments, "
    "or leave it out to start at the first page"
)
CUSTOM: Final = "custom"
EXAMPLE: Final = "such as "
_CUSTOM_WORDS: Final = f"the name of a custom attribute ends in its type: {', '.join(CUSTOM_CLASSES)}"
_ASSIGNMENT: Final = ("assignedUsers", "assignedTeams", "queue")
_ASSIGNEES: Final = frozenset({"assignee", "assignees", "assigneeid", "assignedto"})
_PAGING: Final = frozenset({"page", "pagesize", "cursor", "offset", "perpage"})
_SAME: Final = (
    frozenset({"text", "message", "content", "body", "preview"}),
    frozenset({"user", "users", "agent", "agents", "assigneduser", "assignedusers"}),
    frozenset({"team", "teams", "group", "assignedteam", "assignedteams"}),
    frozenset({"state", "status"}),
    frozenset({"label", "labels", "tag", "tags"}),
    frozenset({"subject", "title", "name"}),
    frozenset({"recipient", "recipients", "to"}),
    frozenset({"schedule", "scheduledat", "sendtime", "sendat", "date"}),
    frozenset({"attributes", "customattributes", "customfields", "custom"}),
    frozenset({"count", "size", "max", "maxresults", "pagesize", "perpage", "limit"}),
    frozenset({"query", "filter", "filters", "criteria", "where", "conditions", "and"}),
    frozenset({"order", "orderby", "sortby", "sort"}),
)
"""Words that models use for one another."""
_FILLERS: Final = frozenset({"kustomer", "a", "all", "by", "id", "single"})
_VERBS: Final = frozenset({"list", "get", "create", "update", "delete", "find", "search"})
_LIKE: Final = 0.6
_NAMES_SHOWN: Final = 40
_TOOLS_SHOWN: Final = 3


def known_argument(finding: Finding, definition: Definition, available: ToolCatalogue) -> str:
    """What more to say of something wrong with an argument that the tool has; empty if nothing more is known."""
    path = finding.path
    if path and path[0] in {APP, CHANNEL} and finding.about == "missing":
        return channel_words(definition)
    if finding.about == "unknown":
        return _unknown_member(finding, definition)
    shapes = definition.shapes
    told = []
    if finding.about in {"type", "missing"} and (example := shapes.example_at(path)):
        told.append(EXAMPLE + example)
    if finding.about == "missing" and "one of" not in finding.reason and (words := shapes.words_at(path)):
        told.append(f"one of {', '.join(words[:_NAMES_SHOWN])}")
    if _wants_id(finding, definition):
        wants_id = len(path) > 1 or shapes.takes_ids_at(path)
        told.append(way_to(resource_at(path, definition), available, wants_id=wants_id))
    return "; ".join(word for word in told if word)


def _wants_id(finding: Finding, definition: Definition) -> bool:
    path = finding.path
    if finding.about == "id":
        return True
    if finding.about == "missing" and len(path) == 1 and is_id_argument(str(path[0]), definition):
        return True
    return finding.about in {"type", "missing"} and definition.shapes.takes_ids_at(path)


def _unknown_member(finding: Finding, definition: Definition) -> str:
    """Of a member that nobody knows in an object: which there are, and the nearest of them."""
    *above, name = finding.path
    if above == [CUSTOM]:
        return _CUSTOM_WORDS
    members = definition.shapes.members_at(tuple(above))
    near = _near(str(name), members)
    if near:
        return f"did you mean {_quoted(near)}?"
    example = definition.shapes.example_at(tuple(above))
    if example:
        return f"`{show(above)}` is of the form {example}"
    return f"there {'are' if len(members) > 1 else 'is'} {', '.join(members[:_NAMES_SHOWN])}" if members else ""


def unknown_argument(name: str, definition: Definition, available: ToolCatalogue, given: Mapping[str, object]) -> str:
    """Why a top-level argument is not known and which one was probably meant. `given` are all arguments."""
    meant = meant_argument(name, definition, given)
    if meant:
        return f"did you mean `{meant}`?"
    return (
        _special(name, definition, available)
        or _at_home(name, definition, available)
        or _nearest(name, definition, available)
    )


def meant_argument(name: str, definition: Definition, given: Mapping[str, object]) -> str:
    """The argument that an unknown one of this name stands for, by another spelling or word; empty if there is none.

    `klass` and `klassName` stand for the name of a Klass, `id` and `customer` for the id of a customer: what fills the
    path and is not given itself.
    """
    known: list[str] = [word for word in definition.input_schema.get("properties", ()) if word not in given]
    same = [word for word in known if plain(word) == plain(name)]
    if same:
        return same[0]
    for argument in definition.tool.arguments:
        if argument.place == "path" and argument.name in known:
            resource = resource_of(argument.name, definition)
            stem = re.sub(r"(id|name|type)$", "", plain(name))
            if plain_plural(stem) == plain(resource) or plain(name) == "id":
                return argument.name
    words = next((group for group in _SAME if plain(name) in group), frozenset())
    return next((word for word in known if plain(word) in words and not _is_path(word, definition)), "")


def plain_plural(stem: str) -> str:
    """A resource's plural without what spellings differ in; empty for nothing."""
    return plain(plural_of(stem)) if stem else ""


def nearest_tools(name: str, available: ToolCatalogue) -> list[str]:
    """Up to three tools whose names share the most words with a wrong one, then the most letters."""
    wanted = _name_words(name[:128])

    def likeness(known: str) -> tuple[float, float]:
        words = _name_words(known)
        shared = len(wanted & words) / max(1, len(wanted | words))
        return shared, difflib.SequenceMatcher(None, name[:128], known).ratio()

    ranked = sorted(((likeness(known), known) for known in available), reverse=True)
    return [known for (shared, letters), known in ranked[:_TOOLS_SHOWN] if shared > 0 or letters >= _LIKE]


def kind_of_object(name: str, available: ToolCatalogue) -> str:
    """Of a tool's name that speaks of nothing that tools are about: maybe a kind of custom object, as orders are."""
    known = {word for d in available.values() for word in _name_words(f"{d.tool.resource} {d.tool.method_name}")}
    found = [name for resource in ("klasses", "custom_objects") for name in listers(resource, available)]
    is_other = bool(_name_words(name[:128]) - known - _VERBS)
    return f" Orders, shipments and the like are custom objects: {' and '.join(found)}." if is_other and found else ""


def _special(name: str, definition: Definition, available: ToolCatalogue) -> str:
    """Mistakes with a way out of their own; empty for any other."""
    known = definition.input_schema.get("properties", ())
    fixed = next((key for key in definition.tool.fixed if plain(key) == plain(name)), None)
    if fixed is not None:
        return _fixed(fixed, definition, available)
    assignment = [word for word in _ASSIGNMENT if word in known]
    if plain(name) in _ASSIGNEES and assignment:
        return _assignee(assignment, definition, available)
    if plain(name) in _PAGING and definition.tool.paged:
        return f"use limit and next_cursor to page; {CURSOR_HINT}"
    return ""


def _at_home(name: str, definition: Definition, available: ToolCatalogue) -> str:
    """Which argument a name belongs into, or which other tool takes it."""
    takers = [d for d in _siblings(definition, available) if _takes(d, name)]
    near = [d for d in takers if d.tool.fixed == definition.tool.fixed]
    names = [d.name for d in near or takers]
    words = next((group for group in _SAME if plain(name) in group), ())
    argument, value = definition.shapes.home_of(name, *words)
    if not argument:
        return f"{joined(names)} takes it; this tool does not" if names else ""
    also = f"; as an argument {joined(names)} takes it" if near else ""
    return f"it goes into `{argument}`: {value}{also}"


def _nearest(name: str, definition: Definition, available: ToolCatalogue) -> str:
    known = list(definition.input_schema.get("properties", ()))
    near = _near(name, known)
    if near:
        return f"did you mean {_quoted(near)}?"
    if not known:
        return "this tool takes no arguments"
    shown = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
    text = f"the allowed arguments are {shown}"
    if CUSTOM in known:
        return f"custom attributes go into `{CUSTOM}`, and {_CUSTOM_WORDS}; {text}"
    named = listers(plural_of(name), available) if SAFE_NAME.fullmatch(name) else []
    return f"{text}; {joined(named)} lists what the name speaks of" if named else text


def _name_words(name: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", name.lower())} - _FILLERS


def _near(name: str, known: list[str]) -> list[str]:
    if SAFE_NAME.fullmatch(name) is None:
        return []
    same = [word for word in known if plain(word) == plain(name)]
    return same or difflib.get_close_matches(name, known, n=3, cutoff=0.6)


def _quoted(names: list[str]) -> str:
    return " or ".join(f"`{word}`" for word in names)


def _is_path(name: str, definition: Definition) -> bool:
    return any(argument.name == name and argument.place == "path" for argument in definition.tool.arguments)


def _fixed(name: str, definition: Definition, available: ToolCatalogue) -> str:
    text = f"this tool sets it to {json.dumps(definition.tool.fixed[name])} by itself; leave it out"
    others = [d.name for d in _siblings(definition, available)]
    return f"{text}. For another {name} call {joined(others, shown=12)}" if others else text


def _assignee(assignment: list[str], definition: Definition, available: ToolCatalogue) -> str:
    forms = [f"`{word}` {definition.shapes.example_at((word,))}" for word in assignment]
    text = f"there is no such field; use {' or '.join(forms)} with ids of 24 hexadecimal digits"
    lists = [name for resource in ("teams", "users", "queues") for name in listers(resource, available)]
    return f"{text}. {joined(lists)} gives the ids" if lists else text


def _siblings(definition: Definition, available: ToolCatalogue) -> list[Definition]:
    mine = definition.operation.id
    return [d for d in available.values() if d.operation.id == mine and d.name != definition.name]


def _takes(definition: Definition, name: str) -> bool:
    return name != NEXT_CURSOR and any(argument.name == name for argument in definition.tool.arguments)
