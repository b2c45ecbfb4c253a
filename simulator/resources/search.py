"""Search and archive search: candidates by index, matching, order, page. The language is in `simulator/search`.

Criteria match on real values and only the output is masked (what the API does is not published). Aggregations
would hand real values out, so those over a masked attribute are refused; what else may be asked of masked attributes
stands in `masked_search`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from kustomer_sandbox.contracts.model import Index
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import asked_page
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.records.records import TOMBSTONES
from kustomer_sandbox.simulator.records.unit_of_work import UnitOfWork
from kustomer_sandbox.simulator.resources import masked_search
from kustomer_sandbox.simulator.search.aggregate import aggregate
from kustomer_sandbox.simulator.search.match import match
from kustomer_sandbox.simulator.search.parse import escape, parse
from kustomer_sandbox.simulator.search.plan import hints
from kustomer_sandbox.simulator.search.query import IndexHint, Query
from kustomer_sandbox.simulator.search.relations import Relations, reference
from kustomer_sandbox.simulator.search.sort import order
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Page, RawDocument, StoredRecords
from kustomer_sandbox.simulator.values.paging import PageRequest, page_links, pages_of
from kustomer_sandbox.simulator.values.record import Record

if TYPE_CHECKING:
    from kustomer_sandbox.simulator.search.columns.find import Matches

MOST_RESULTS = 10_000
"""Results beyond this many cannot be reached by paging, whatever the page size."""

FEW = 100
"""So many records are looked at one by one; of more that could match columns are made, and kept from then on."""


@rule("search.run")
def run(call: Call) -> Outcome:
    """Search what was updated within two years."""
    return _answer(call, archive=False)


@rule("search.run_archive")
def run_archive(call: Call) -> Outcome:
    """Search what was last updated more than two years ago."""
    return _answer(call, archive=True)


@rule("search.run_saved")
def run_saved(call: Call) -> Outcome:
    """What a saved search finds now, as a search with its criteria would; with the records that the query includes."""
    saved = call.records.get_or_404("saved_search", call.path["id"])
    found = _answer(replace(call, body=saved["attributes"]["data"]), archive=False)
    if isinstance(found, Page) and "include" in call.query:
        found.included = _included(call, found.records, call.query["include"].split(","))
    return found


def _included(call: Call, found: Iterable[Record], wanted: Iterable[str]) -> list[Record]:
    """The customers of what was found, and their answers to surveys, each once."""
    ids: dict[tuple[str, str], None] = {}
    for record in found:
        customer = record["relationships"].get("customer")
        response = record["attributes"].get("satisfactionLevel", {}).get("formResponse")
        if "customers" in wanted and customer:
            ids["customer", customer["id"]] = None
        if "satisfactionResponse" in wanted and response:
            ids["satisfaction_response", response] = None
    return [held for kind, id in ids if (held := call.records.get(kind, id))]


def _answer(call: Call, *, archive: bool) -> Outcome:
    page = _page(call)
    names = _TagNames(records=call.records)
    query = parse(call.body, call.world.contracts.search, now=call.now, tag_id=names, archive=archive)
    masked_search.judge(call, query)
    found = _found(call, query)
    whole = found.whole() if query.aggregations else []
    _refuse_masked(call, query, whole)
    shown = found.page(page.offset, min(page.offset + page.size, MOST_RESULTS))
    total = found.total
    more = 0 < page.offset + page.size < total
    meta = {"aggregations": aggregate(query, whole)}
    if call.query.get("idsOnly"):
        return RawDocument(document=_ids(call, shown, page, total=total, more=more, meta=meta))
    return Page(records=shown, page=page.number, size=page.size, total=total, more=more, meta=meta)


def _page(call: Call) -> PageRequest:
    """The page asked for. Page 100 still links to page 101, which is refused (what it answers is unpublished).

    A size of 0 asks for the totals alone (client-code).
    """
    paging = call.operation.paging
    if paging is None:
        return PageRequest(number=1, size=100)
    if call.query.get("pageSize") == 0:
        return PageRequest(number=1, size=0)
    page = asked_page(call, paging)
    if paging.last_page is not None and page.number > paging.last_page:
        raise BadRequest(_too_far(f"A search has at most {paging.last_page} pages."), rule="search-pages")
    if page.offset >= MOST_RESULTS:
        raise BadRequest(_too_far(f"A search reaches at most {MOST_RESULTS} results."), rule="search-results")
    return page


def _too_far(limit: str) -> Problem:
    advice = "Sort by an updated_at attribute ascending and go on from the last value with a gte criterion."
    return Problem(parameter="page", message=f"{limit} {advice}")


def _ids(
    call: Call, records: Iterable[Record], page: PageRequest, *, total: int, more: bool, meta: Mapping[str, object]
) -> dict[str, object]:
    """The document of `idsOnly`: type and id of each match (the form is assumed)."""
    pages = pages_of(total, page.size)
    links = page_links(call.operation.path, [("idsOnly", "true")], page, more=more, pages=pages)
    counts = {"pageSize": page.size, "page": page.number, "total": total, "totalPages": pages}
    data = [{"type": record["type"], "id": record["id"]} for record in records]
    return {"meta": {**counts, **meta}, "data": data, "links": links}


def _refuse_masked(call: Call, query: Query, found: Iterable[Record]) -> None:
    """An aggregation shows values of many customers at once, so no unmasking window opens it."""
    if call.principal.read_sensitive or not query.aggregations:
        return
    kinds = {(record["type"], record.get("klass")) for record in found}
    for entry in query.aggregations:
        if any(masked_search.is_masked(call, entry.attribute, kind, klass) for kind, klass in kinds):
            message = "This attribute is sensitive and masked for this key, so it cannot be aggregated."
            pointer = f"/aggs/{escape(entry.name)}"
            raise BadRequest(Problem(pointer=pointer, message=message), rule="search-masked-aggregations")


def _indexes(call: Call) -> dict[str, Mapping[str, Index]]:
    return {resource.type: resource.indexes for resource in call.world.contracts.resources.values()}


class _Found(Protocol):
    """All that a search finds, in its order."""

    @property
    def total(self) -> int: ...

    def page(self, start: int, end: int, /) -> Sequence[Record]: ...

    def whole(self) -> list[Record]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Listed:
    """What was found by looking at every record that the query could match."""

    records: list[Record]

    @property
    def total(self) -> int:
        return len(self.records)

    def page(self, start: int, end: int, /) -> list[Record]:
        return self.records[start:end]

    def whole(self) -> list[Record]:
        return self.records


@dataclass(frozen=True, kw_only=True, slots=True)
class _InColumns:
    """What was found by columns: only what is shown is read."""

    matches: Matches
    query: Query
    records: UnitOfWork

    @property
    def total(self) -> int:
        return len(self.matches)

    def page(self, start: int, end: int, /) -> StoredRecords:
        return self.records.each_stored(self.query.context.type, self.matches.page(start, end))

    def whole(self) -> list[Record]:
        return order(self.records.each(self.query.context.type, self.matches.ids()), self.query)


def _found(call: Call, query: Query) -> _Found:
    """By columns where many records could match, else record by record: both find the same."""
    lookup = _Lookup(records=call.records, indexes=_indexes(call), include_deleted=query.include_deleted)
    related = Relations(lookup=lookup)
    best = _best(query, lookup)
    if (lookup.size(best) if best else call.records.count(query.context.type)) > FEW:
        from kustomer_sandbox.simulator.search.columns.find import find  # noqa: PLC0415 - few worlds are so large

        matches = find(query, call.records, related)
        if matches is not None:
            return _InColumns(matches=matches, query=query, records=call.records)
    candidates = _candidates(query, lookup, best)
    return _Listed(records=order((record for record in candidates if match(query, record, related)), query))


def _best(query: Query, lookup: _Lookup) -> IndexHint | None:
    """The index that holds the fewest of those that hold every match; None if there is no such index."""
    usable = [hint for hint in hints(query) if lookup.serves(hint)]
    return min(usable, key=lookup.size, default=None)


def _candidates(query: Query, lookup: _Lookup, best: IndexHint | None) -> Iterable[Record]:
    """Every record the query could match: by an index, else all of the type."""
    table = query.context.type
    if best is None:
        return lookup.records.find(table)
    found = {record["id"]: record for record in lookup.read(best)}
    if query.include_deleted:
        found |= {record["id"]: record for record in lookup.records.find(table, TOMBSTONES, "yes")}
    return found.values()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lookup:
    """Records by id or index, remembered for one search. Tombstones stand in no index but `deleted`."""

    records: UnitOfWork
    indexes: Mapping[str, Mapping[str, Index]]
    include_deleted: bool
    _seen: dict[tuple[str, str], Record | None] = field(default_factory=dict)

    def get(self, type_name: str, id: str, /) -> Record | None:
        key = (type_name, id)
        if key not in self._seen:
            self._seen[key] = self.records.get(type_name, id, deleted=True)
        return self._seen[key]

    def by(self, type_name: str, index: str, id: str, /) -> Iterable[Record]:
        if index in self.indexes.get(type_name, {}):
            yield from self.records.find(type_name, index, id)
            others = self.records.find(type_name, TOMBSTONES, "yes") if self.include_deleted else []
        else:
            others = self.records.find(type_name)
        yield from (other for other in others if reference(other, index) == id)

    def serves(self, hint: IndexHint) -> bool:
        return hint.index == "id" or hint.index in self.indexes.get(hint.table, {})

    def size(self, hint: IndexHint) -> int:
        return sum(self.records.count(hint.table, hint.index, at) for at in hint.at)

    def read(self, hint: IndexHint) -> Iterable[Record]:
        for at in hint.at:
            yield from self.records.find(hint.table, hint.index, at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _TagNames:
    """The id of the tag with this name; names are unique whatever their case."""

    records: UnitOfWork

    def __call__(self, name: str, /) -> str | None:
        for tag in self.records.find("tag", "name", name.lower()):
            if not tag.get("deleted") and not tag["attributes"].get("deleted"):
                return str(tag["id"])
        return None
