"""From an attribute's name to what it is: the closed list, custom attributes by suffix, nearest names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from kustomer_sandbox.contracts.build.search_operators import CUSTOM_CLASSES
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.search.query import Attribute, Context
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem

TYPES = ("conversation_time", "work_item", "customer", "company", "message", "note", "conversation", "kobject")
"""Record types that attribute names begin with, longest first where one begins another."""
UNRELATED = ("work_session",)
"""More of them; a search of other records does not follow them, for they belong to users."""

_CUSTOM = re.compile(r"(customer|company|conversation|message|kobject)_custom_(.+(Str|Txt|Num|At|Bool|Url|Id|Tree))")
_KLASS_ARCHIVE = re.compile(r"kobject_([0-9a-zA-Z_-]+?)_(id|created_at|updated_at|customer_id|company_id|any_text)")
_LONGEST_NAME = 300


def type_of(name: str) -> str | None:
    """The record type an attribute name begins with; None for `any_text` and the like."""
    return next((type_name for type_name in (*TYPES, *UNRELATED) if name.startswith(f"{type_name}_")), None)


class SearchAttributes:
    """The attributes one search may name. `archive` picks the archive's shorter list."""

    def __init__(self, attributes: Mapping[str, SearchAttribute], *, context: Context, archive: bool) -> None:
        self.context = context
        self.archive = archive
        self._known = {name: fact for name, fact in attributes.items() if (fact.archive if archive else fact.standard)}

    def filter(self, name: str, pointer: str) -> Attribute:
        """The attribute a criterion names. `BadRequest` at `pointer` if it cannot be filtered by."""
        attribute = self.find(name)
        if attribute is None or attribute.operator == "sort":
            raise BadRequest(Problem(pointer=pointer, message=self._unknown(name, self._filters())))
        return attribute

    def sort(self, name: str, pointer: str) -> Attribute:
        """The attribute a sort key names. `BadRequest` if records of the context cannot be sorted by it."""
        attribute = self._standard(name)
        if attribute is None or not self._sorts(attribute):
            names = [key for key in self._known if self._sorts(self._resolved(self._known[key]))]
            raise BadRequest(Problem(pointer=pointer, message=self._unsortable(name, names)))
        return attribute

    def find(self, name: str) -> Attribute | None:
        """An attribute by name, or None."""
        return self._standard(name) or (None if self.archive else _custom(name))

    def _standard(self, name: str) -> Attribute | None:
        if fact := self._known.get(name):
            return self._resolved(fact)
        match = _KLASS_ARCHIVE.fullmatch(name) if self.archive and len(name) <= _LONGEST_NAME else None
        if match is None:
            return None
        klass, rest = match.groups()
        own = f"kobject_{self.context.klass}_"
        if name.startswith(own) and f"kobject_{name.removeprefix(own)}" in self._known:
            klass, rest = str(self.context.klass), name.removeprefix(own)
        return replace(self._resolved(self._known[f"kobject_{rest}"]), name=name, klass=klass)

    def _resolved(self, fact: SearchAttribute) -> Attribute:
        schema = fact.schema
        return Attribute(
            name=fact.name,
            operator=fact.operator,
            type=type_of(fact.name),
            path=fact.path,
            enum=tuple(schema.get("enum", ())),
            values=tuple(schema.get("values", {}).items()),
            pattern=schema.get("pattern", ""),
            value_type=schema.get("type", ""),
            minimum=schema.get("minimum"),
            maximum=schema.get("maximum"),
            index=fact.index,
            sortable=fact.sortable or (self.archive and fact.archive_sortable),
        )

    def _sorts(self, attribute: Attribute) -> bool:
        """Documented sorts, and every date of the context: pages forbid those, clients rely on them."""
        own = attribute.type == self.context.type
        return own and (attribute.sortable or attribute.operator == "datetime")

    def _filters(self) -> list[str]:
        return [name for name, fact in self._known.items() if fact.operator != "sort"]

    def _unknown(self, name: str, known: list[str]) -> str:
        where = "the archive search" if self.archive else "search"
        return f"This attribute is not searchable; the attributes of {where} are a closed list.{_nearest(name, known)}"

    def _unsortable(self, name: str, known: list[str]) -> str:
        hint = " Custom attributes are for criteria alone." if _custom(name) else _nearest(name, known)
        return f"Records of this queryContext cannot be sorted by this attribute.{hint}"


def _custom(name: str) -> Attribute | None:
    match = _CUSTOM.fullmatch(name) if len(name) <= _LONGEST_NAME else None
    if match is None:
        return None
    type_name, rest, suffix = match.groups()
    kobject = type_name == "kobject"
    return Attribute(
        name=name,
        operator=CUSTOM_CLASSES[suffix],
        type=type_name,
        path=() if kobject else ("attributes", "custom", rest),
        custom=rest if kobject else "",
    )


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name[:_LONGEST_NAME], known, n=1, cutoff=0.7)
    if near:
        return f" Did you mean {near[0]}?"
    if "_custom_" in name:
        return (
            " Custom attributes are written <type>_custom_<name> or kobject_custom_<klass>_<name>, and <name> ends"
            " in Str, Txt, Num, At, Bool, Url, Id or Tree."
        )
    return ""
