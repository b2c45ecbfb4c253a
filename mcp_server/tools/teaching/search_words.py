"""Pure: what searches can ask for, whole as a page for a model, and what was probably meant where one asks wrongly."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kustomer_sandbox.contracts.build.masks import TYPES
from kustomer_sandbox.contracts.build.search_operators import CUSTOM_CLASSES, OPERATORS
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.definitions import Definition
from kustomer_sandbox.mcp_server.tools.places import SAFE_NAME
from kustomer_sandbox.mcp_server.tools.teaching.finders import ToolCatalogue, plural_of, way_to
from kustomer_sandbox.mcp_server.tools.teaching.shapes import as_json, plain

Attributes = Mapping[str, SearchAttribute]

PAGE_ADDRESS: Final = "kustomer://search-attributes"
"""The MCP resource that holds `page`."""

GROUPS: Final = ("and", "or", "not")
CUSTOM: Final = re.compile(rf"({'|'.join(TYPES)})_custom_(.+)", re.DOTALL)
_ENDS: Final = tuple(CUSTOM_CLASSES)
_KLASS_ARCHIVE: Final = re.compile(r"kobject_[0-9a-zA-Z_-]+_(id|created_at|updated_at|customer_id|company_id|any_text)")
_HEX: Final = re.compile(r"[0-9a-fA-F]{24}")
_ID_PATTERN: Final = "^[0-9a-fA-F]{24}$"
_PARTS_OF_A_FORM: Final = frozenset(
    {"field", "attribute", "name", "key", "operator", "op", "value", "by", "order", "direction"}
)
_VALUES: Final[Mapping[str, JSON]] = {"datetime": "2026-06-09T12:00:00Z", "number": 1, "boolean": True}
_USUAL: Final = "updated_at"
_MOST: Final = 4
_SHOWN: Final = 8
_LIKE: Final = 0.65


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchCall:
    """The arguments of a search that went wrong. `context` is the type of record that it answers with."""

    definition: Definition
    arguments: Mapping[str, Any]
    available: ToolCatalogue

    @property
    def context(self) -> str:
        given = self.definition.tool.fixed.get("queryContext") or self.arguments.get("query_context")
        kinds = [kind for kind in (*TYPES, "note") if str(given).lower().startswith(kind)]
        return kinds[0] if kinds else "conversation"

    @property
    def is_archive(self) -> bool:
        return "archive" in self.definition.operation.path


def search_hints(call: SearchCall, attributes: Attributes) -> list[str]:
    """What was probably meant where the arguments of a search are wrong; empty if they seem right."""
    known = {name: fact for name, fact in attributes.items() if (fact.archive if call.is_archive else fact.standard)}
    teacher = _Teacher(call, known)
    found = [*teacher.arguments(), *teacher.criteria(), *teacher.sorts()]
    return list(dict.fromkeys(found))[:_MOST]


class _Teacher:
    def __init__(self, call: SearchCall, known: Attributes) -> None:
        self._call = call
        self._known = known
        self._of_context = {name: fact for name, fact in known.items() if name.startswith(f"{call.context}_")}

    def arguments(self) -> Iterator[str]:
        """Of arguments that the tool has not: the criterion that was meant."""
        properties = self._call.definition.input_schema["properties"]
        for name in self._call.arguments:
            if name not in properties:
                near = self._nearest(name, self._of_context)
                yield f"criteria go into `and`: {self._criterion(near)}"

    def criteria(self) -> Iterator[str]:
        for group in GROUPS:
            given = self._call.arguments.get(group)
            if given not in (None, "") and not isinstance(given, list | Mapping):
                yield f"`{group}` is of the form {self._criterion('')}"
            for name, tests in _criteria(given):
                yield from self._judged(name, tests)

    def sorts(self) -> Iterator[str]:
        given = self._call.arguments.get("sort")
        usual = self._usual()
        form = f"`sort` is of the form {as_json([{usual: 'desc'}])}"
        if given is not None and not isinstance(given, list | Mapping):
            yield form
        for item in given if isinstance(given, list) else [given]:
            names = list(item) if isinstance(item, Mapping) else []
            if _PARTS_OF_A_FORM & set(names):
                yield form
                continue
            for name in names:
                if name not in self._sortable():
                    near = self._nearest(name, self._sortable())
                    take = [near] if near else list(dict.fromkeys([usual, *self._sortable()]))[:_SHOWN]
                    yield f"{_shown(name)} cannot be sorted by; take {' or '.join(f'`{each}`' for each in take)}"

    def _judged(self, name: str, tests: JSON) -> Iterator[str]:
        fact = self._known.get(name)
        if fact is None and (self._is_custom(name) or CUSTOM.fullmatch(name)):
            return
        if fact is None and name.lower() in _PARTS_OF_A_FORM:
            if isinstance(tests, str) and tests in self._known:
                yield f"a criterion is of the form {self._criterion(tests)}"
        elif fact is None or fact.operator == "sort":
            yield self._unknown(name)
        elif not isinstance(tests, Mapping):
            yield f"{_shown(name)} is compared so: {self._criterion(name, tests)}"
        else:
            yield from (told for operator, value in tests.items() for told in self._test(fact, operator, value))

    def _test(self, fact: SearchAttribute, operator: str, value: JSON) -> Iterator[str]:
        operators = OPERATORS.get(fact.operator, ())
        words = fact.schema.get("enum", ())
        values = value if isinstance(value, list) else [value]
        if operator not in operators:
            yield f"{_shown(fact.name)} takes {', '.join(operators)}: {self._criterion(fact.name)}"
        elif words and operator not in {"set", "not_set"} and any(each not in words for each in values):
            yield f"{_shown(fact.name)} is one of {', '.join(words)}"
        elif fact.schema.get("pattern") == _ID_PATTERN and any(not _HEX.fullmatch(str(each)) for each in values):
            steps = [step for step in fact.path if step not in {"attributes", "relationships", "id", "*"}]
            yield f"{_shown(fact.name)}: {way_to(plural_of(steps[-1]), self._call.available)}"

    def _unknown(self, name: str) -> str:
        near = self._nearest(name, self._of_context) or self._nearest(name, self._known)
        if near:
            return f"{_shown(name)} is no search attribute; did you mean `{near}`? {self._criterion(near)}"
        listed = [each for each, fact in self._of_context.items() if fact.operator != "sort"]
        return (
            f"{_shown(name)} is no search attribute; of a {self._call.context} there are {', '.join(listed)}; "
            f"all of them stand in the resource {PAGE_ADDRESS}"
        )

    def _nearest(self, name: str, known: Sequence[str] | Attributes) -> str:
        """The attribute whose name, with or without its type, is the same or most like a wrong one."""
        short = {each.removeprefix(f"{self._call.context}_"): each for each in known}
        wanted = plain(name[:100])
        same = [each for stem, each in short.items() if wanted in {plain(stem), plain(each)}]
        if same:
            return same[0]
        stem = name[:100].lower().removeprefix(f"{self._call.context}_")
        near = difflib.get_close_matches(stem, list(short), n=1, cutoff=_LIKE)
        return short[near[0]] if near else ""

    def _criterion(self, name: str, value: JSON = None) -> str:
        """A criterion as it is written, of an attribute or of what is usual; with `value` if it is one of its words."""
        fact = self._known.get(name or self._usual())
        if fact is None or fact.operator not in OPERATORS:
            return '[{"attribute": {"operator": "value"}}]'
        words = fact.schema.get("enum") or [_VALUES.get(fact.operator, "…")]
        return as_json([{fact.name: {OPERATORS[fact.operator][0]: value if value in words else words[0]}}])

    def _usual(self) -> str:
        return f"{self._call.context}_{_USUAL}"

    def _sortable(self) -> list[str]:
        return [name for name, fact in self._of_context.items() if _sorts(fact, archive=self._call.is_archive)]

    def _is_custom(self, name: str) -> bool:
        if self._call.is_archive:
            return bool(_KLASS_ARCHIVE.fullmatch(name))
        found = CUSTOM.fullmatch(name)
        return bool(found and found.group(2).endswith(_ENDS))


def page(attributes: Attributes) -> str:
    """Every search attribute with its type, operators and values, for a model to read."""
    lines = ["# What searches can ask for", "", "Operators by type:"]
    lines += [f"- {kind}: {', '.join(operators)}" for kind, operators in OPERATORS.items()]
    lines += ["", "Custom attributes: <record>_custom_<name>, kobject_custom_<klass>_<name>; <name> ends in its type:"]
    lines += [f"- {end}: {kind}" for end, kind in CUSTOM_CLASSES.items()]
    facts = sorted(attributes.values(), key=lambda fact: fact.name)
    lines += ["", "Searches know:", *(_line(fact) for fact in facts if fact.standard)]
    lines += ["", "Searches of the archive know:", *(_line(fact) for fact in facts if fact.archive)]
    return "\n".join(lines) + "\n"


def _line(fact: SearchAttribute) -> str:
    words = fact.schema.get("enum")
    told = [fact.operator, f"one of {', '.join(words)}" if words else "", "sorts" if _sorts(fact) else ""]
    return f"- {fact.name}: {'; '.join(word for word in told if word)}"


def _sorts(fact: SearchAttribute, *, archive: bool = False) -> bool:
    return fact.sortable or fact.operator in {"datetime", "sort"} or (archive and fact.archive_sortable)


def _criteria(node: JSON) -> Iterator[tuple[str, JSON]]:
    """Every attribute that is compared, with what it is compared with, whatever the form."""
    if isinstance(node, list):
        for item in node:
            yield from _criteria(item)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name in GROUPS:
                yield from _criteria(value)
            else:
                yield name, value


def _shown(name: str) -> str:
    return f"`{name}`" if SAFE_NAME.fullmatch(name) else "an attribute"
