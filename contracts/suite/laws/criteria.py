"""Criteria of searches that can be held against the records found, and the conversations they are asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kustomer_sandbox.contracts.suite.target import NotApplicable, Target, expect_status

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SEARCH = "/v1/customers/search"
CREATED = "conversation_created_at"
MOST = 40
"""How many conversations a law looks at: the latest ones, where there are more."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One attribute, operator and value of a search for conversations."""

    attribute: str
    operator: str
    value: Any

    def __repr__(self) -> str:
        return str(self.body())

    def body(self) -> dict[str, Any]:
        """As a search takes it."""
        return {f"conversation_{self.attribute}": {self.operator: self.value}}

    def meets(self, record: Mapping[str, Any]) -> bool:
        """Whether a conversation, as it is shown, is one that it should find."""
        name = {"created_at": "createdAt", "updated_at": "updatedAt"}.get(self.attribute, self.attribute)
        value = record["attributes"].get(name)
        if isinstance(value, list):
            return self.value in value
        return value is not None and _HOLDS[self.operator](value, self.value)


_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, asked: bool(value == asked),
    "gte": lambda value, asked: bool(value >= asked),
    "gt": lambda value, asked: bool(value > asked),
    "lte": lambda value, asked: bool(value <= asked),
    "lt": lambda value, asked: bool(value < asked),
}
STATUSES, CHANNELS, PRIORITIES = ("open", "snoozed", "done"), ("email", "chat", "sms"), (1, 2, 3, 4, 5)


class Conversations:
    """The conversations of a target that laws of searches are tried with."""

    def __init__(self, target: Target) -> None:
        self._target = target
        latest = self.asked({}, way="desc", size=MOST)
        self.records: list[Mapping[str, Any]] = latest["data"]
        if not self.records:
            raise NotApplicable("there is no conversation to search for")
        self.times = sorted({record["attributes"]["createdAt"] for record in self.records})
        is_whole = latest["meta"]["total"] <= len(self.records)
        self._among = [] if is_whole else [{CREATED: {"gte": self.times[0]}}]

    def asked(self, groups: Mapping[str, Any], *, way: str = "", size: int = 500, page: int = 1) -> Any:
        """The body of an answer to a search; `way` sorts by creation, `asc` or `desc`."""
        body = {"queryContext": "conversation", **groups, **({"sort": [{CREATED: way}]} if way else {})}
        query = f"page={page}&pageSize={size}"
        return expect_status(self._target.call("POST", SEARCH, body, query=query), 200).body

    def found(self, *criteria: object, way: str = "", size: int = 500, page: int = 1) -> list[Mapping[str, Any]]:
        """The conversations, among those that are looked at, that meet all of the criteria or groups."""
        asked = [*criteria, *(one for one in self._among if one not in criteria)]
        groups = {"and": asked} if asked else {}
        found: list[Mapping[str, Any]] = self.asked(groups, way=way, size=size, page=page)["data"]
        return found

    def ids(self, *criteria: object) -> set[str]:
        """The ids of the same."""
        return {record["id"] for record in self.found(*criteria)}

    def criteria(self) -> SearchStrategy[Criterion]:
        """Criteria about values that there may be."""
        from hypothesis import strategies as st  # noqa: PLC0415 - see `generated.py`

        exact = [("status", STATUSES), ("channels", CHANNELS), ("priority", PRIORITIES)]
        some = [Criterion(name, "equals", value) for name, values in exact for value in values]
        some += [Criterion("priority", operator, value) for operator in ("gte", "lt") for value in PRIORITIES]
        times = [self.times[0], self.times[len(self.times) // 2], self.times[-1]]
        some += [Criterion("created_at", operator, at) for operator in ("gte", "gt", "lte", "lt") for at in times]
        return st.sampled_from(some)
