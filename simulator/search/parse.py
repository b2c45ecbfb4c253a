"""From the JSON body of a search to a `Query`. The only exception that leaves this module is `BadRequest`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from kustomer_sandbox.contracts.build.search_operators import OPERATORS
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.search.aggregate import parse_aggregations
from kustomer_sandbox.simulator.search.attributes import SearchAttributes
from kustomer_sandbox.simulator.search.dates import years_before, zone
from kustomer_sandbox.simulator.search.literals import Literals
from kustomer_sandbox.simulator.search.query import Context, Criterion, FilterNode, Group, Query, TagId
from kustomer_sandbox.simulator.search.sort import parse_sort
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.record import JSON

MOST_CRITERIA = 20
DEEPEST = 5
"""Groups within groups are known from one client's types only; the depth is our own bound."""
YEARS = 2
"""Standard search covers what was updated within two years, the archive what is older."""

_STANDARD = re.compile(
    r"company|customer|message|conversation|conversation_time|note|kobject|kobject_.*|work_session|work_item", re.DOTALL
)
_ARCHIVE = re.compile(r"message|conversation|customer|kobject|kobject_.*|company", re.DOTALL)
_KEYS = {"queryContext", "and", "or", "not", "sort", "includeDeleted", "timeZone"}
_STANDARD_KEYS = _KEYS | {"fields", "aggs", "searchHash"}
_KINDS: dict[str, Literal["all", "any", "none"]] = {"and": "all", "or": "any", "not": "none"}


def parse(
    body: JSON,
    attributes: Mapping[str, SearchAttribute],
    *,
    now: datetime,
    tag_id: TagId | None = None,
    archive: bool = False,
) -> Query:
    """The query a body states. Raises `BadRequest` with a JSON pointer for whatever does not fit.

    `fields` and `searchHash` are accepted without effect: what they do is not documented. `and`, `or`, `not` and
    `sort` given as `{}` are as good as absent.
    """
    body = _checked(body, archive=archive)
    context = _context(body, archive=archive)
    catalogue = SearchAttributes(attributes, context=context, archive=archive)
    reader = _FilterReader(catalogue=catalogue, literals=Literals(now=now, zone=_zone(body), tag_id=tag_id))
    nodes = [
        reader.group(kind, body[key], f"/{key}", depth=1) for key, kind in _KINDS.items() if body.get(key, {}) != {}
    ]
    return Query(
        context=context,
        where=Group(kind="all", nodes=tuple(node for node in nodes if node.nodes)),
        sort=parse_sort(body.get("sort"), catalogue),
        aggregations=parse_aggregations(body.get("aggs"), catalogue),
        include_deleted=_flag(body, "includeDeleted"),
        horizon=iso(years_before(now, YEARS)),
        archive=archive,
    )


def escape(key: str) -> str:
    """A key as one part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _checked(body: JSON, *, archive: bool) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequest(Problem(message="The body of a search is a JSON object."))
    for key in body:
        if key not in (_KEYS if archive else _STANDARD_KEYS):
            raise BadRequest(Problem(pointer=f"/{escape(key)}", message=(
                "A search body has no such key. Criteria go into and, or, not; pages are asked for with the query"
                " parameters page and pageSize."
            )))  # fmt: skip
    return body


def _context(body: Mapping[str, Any], *, archive: bool) -> Context:
    name = body.get("queryContext")
    if not isinstance(name, str) or not (_ARCHIVE if archive else _STANDARD).fullmatch(name):
        raise BadRequest(Problem(pointer="/queryContext", message=(
            "Give the type of record to answer with: customer, conversation, message, company, kobject or"
            " kobject_<klass>; outside the archive also note, conversation_time, work_session or work_item."
        )))  # fmt: skip
    if name.startswith("kobject_"):
        return Context(type="kobject", klass=name.removeprefix("kobject_"))
    return Context(type=name)


def _zone(body: Mapping[str, Any]) -> ZoneInfo:
    name = body.get("timeZone", "GMT")
    found = zone(name) if isinstance(name, str) else None
    if found is None:
        raise BadRequest(Problem(pointer="/timeZone", message="Give an IANA time zone name, such as Europe/Berlin."))
    return found


def _flag(body: Mapping[str, Any], key: str) -> bool:
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise BadRequest(Problem(pointer=f"/{key}", message="Give true or false."))
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class _FilterReader:
    """Reads groups and criteria. An object's members hold together; the items of a list are one condition each.

    `or` and `not` written as one object take each of its members as a condition of its own.
    """

    catalogue: SearchAttributes
    literals: Literals

    def group(self, kind: Literal["all", "any", "none"], value: JSON, pointer: str, *, depth: int) -> Group:
        if depth > DEEPEST:
            raise BadRequest(Problem(pointer=pointer, message=f"Groups may be nested at most {DEEPEST} deep."))
        if isinstance(value, dict):
            return Group(kind=kind, nodes=self._members(value, pointer, depth=depth))
        if not isinstance(value, list):
            raise BadRequest(Problem(pointer=pointer, message="Give an array of criteria, or one object of them."))
        if len(value) > MOST_CRITERIA:
            raise BadRequest(Problem(pointer=pointer, message=f"Give at most {MOST_CRITERIA} criteria."))
        return Group(
            kind=kind, nodes=tuple(self._item(item, f"{pointer}/{at}", depth=depth) for at, item in enumerate(value))
        )

    def _item(self, item: JSON, pointer: str, *, depth: int) -> FilterNode:
        if not isinstance(item, dict):
            raise BadRequest(
                Problem(pointer=pointer, message="A criterion is an object: {attribute: {operator: value}}.")
            )
        nodes = self._members(item, pointer, depth=depth)
        return nodes[0] if len(nodes) == 1 else Group(kind="all", nodes=nodes)

    def _members(self, item: Mapping[str, Any], pointer: str, *, depth: int) -> tuple[FilterNode, ...]:
        if not item:
            raise BadRequest(
                Problem(pointer=pointer, message="This criterion is empty: {attribute: {operator: value}}.")
            )
        if len(item) > MOST_CRITERIA:
            raise BadRequest(Problem(pointer=pointer, message=f"Give at most {MOST_CRITERIA} criteria."))
        return tuple(self._member(key, value, f"{pointer}/{escape(key)}", depth=depth) for key, value in item.items())

    def _member(self, key: str, value: JSON, pointer: str, *, depth: int) -> FilterNode:
        if key in _KINDS:
            group = self.group(_KINDS[key], value, pointer, depth=depth + 1)
            if not group.nodes:
                raise BadRequest(Problem(pointer=pointer, message="A nested group needs at least one criterion."))
            return group
        return self._criterion(key, value, pointer)

    def _criterion(self, name: str, value: JSON, pointer: str) -> Criterion:
        attribute = self.catalogue.filter(name, pointer)
        allowed = OPERATORS[attribute.operator]
        if not isinstance(value, dict) or not value:
            raise BadRequest(Problem(pointer=pointer, message=_operators_help(allowed)))
        tests = []
        for operator, operand in value.items():
            place = f"{pointer}/{escape(operator)}"
            if operator not in allowed:
                raise BadRequest(Problem(pointer=place, message=_operators_help(allowed)))
            tests.append(self.literals.test(attribute, operator, operand, pointer=place))
        return Criterion(attribute=attribute, tests=tuple(tests))


def _operators_help(allowed: tuple[str, ...]) -> str:
    return f"Give {{operator: value}}; this attribute takes the operators {', '.join(allowed)}."
