"""Builders for searches over plain records: no store, no HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from kustomer_sandbox.contracts import Contracts
from kustomer_sandbox.contracts.model import SearchAttribute
from kustomer_sandbox.simulator.search.match import match
from kustomer_sandbox.simulator.search.parse import parse
from kustomer_sandbox.simulator.search.query import Query
from kustomer_sandbox.simulator.search.relations import Relations, type_name
from kustomer_sandbox.simulator.search.sort import order
from kustomer_sandbox.simulator.values.record import JSON, Record

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
TAGS = {"Urgent": "a" * 24}


class Search(Protocol):
    """Ids of the records a body finds, in order."""

    def __call__(self, body: Mapping[str, Any], /, *records: Record, archive: bool = False) -> list[str]: ...


class Reading(Protocol):
    """A body as a query."""

    def __call__(self, body: JSON, /, *, archive: bool = False) -> Query: ...


class Build(Protocol):
    """A stored record from its type, id and attributes; `to` names other records as `customer=id`."""

    def __call__(self, kind: str, id: str, /, *, to: Mapping[str, str] | None = None, **attributes: JSON) -> Record: ...


class Shelf:
    """A lookup over a handful of records."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = list(records)

    def get(self, type_name_: str, id: str, /) -> Record | None:
        return next((r for r in self._records if type_name(r) == type_name_ and r["id"] == id), None)

    def by(self, type_name_: str, index: str, id: str, /) -> Iterable[Record]:
        return [
            r
            for r in self._records
            if type_name(r) == type_name_ and r.get("relationships", {}).get(index, {}).get("id") == id
        ]


@pytest.fixture(scope="session")
def attributes(contracts: Contracts) -> Mapping[str, SearchAttribute]:
    return contracts.search


@pytest.fixture(scope="session")
def read(attributes: Mapping[str, SearchAttribute]) -> Reading:
    def reading(body: JSON, /, *, archive: bool = False) -> Query:
        if isinstance(body, dict):
            body = {"queryContext": "customer", **body}
        return parse(body, attributes, now=NOW, tag_id=TAGS.get, archive=archive)

    return reading


@pytest.fixture(scope="session")
def search(read: Reading) -> Search:
    def searching(body: Mapping[str, Any], /, *records: Record, archive: bool = False) -> list[str]:
        query = read(body, archive=archive)
        related = Relations(lookup=Shelf(records))
        return [record["id"] for record in order((r for r in records if match(query, r, related)), query)]

    return searching


@pytest.fixture(scope="session")
def record() -> Build:
    def build(kind: str, id: str, /, *, to: Mapping[str, str] | None = None, **attributes: JSON) -> Record:
        links = {name: {"type": name, "id": other} for name, other in (to or {}).items()}
        made: Record = {"id": id, "type": kind, "attributes": attributes, "relationships": links}
        return {**made, "klass": kind.partition(".")[2]} if "." in kind else made

    return build
