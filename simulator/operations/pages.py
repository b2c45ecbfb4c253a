"""The page that a query asks for: of an index, or of records that have been chosen already."""

from __future__ import annotations

from collections.abc import Sequence

from kustomer_sandbox.contracts.model import Paging
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.records.records import Place, ReadOrder
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Page
from kustomer_sandbox.simulator.values.paging import PageRequest, page_of
from kustomer_sandbox.simulator.values.record import Record


def asked_page(call: Call, paging: Paging) -> PageRequest:
    """The page the query asks for; a size above the maximum is lowered to it, or refused (`BadRequest`)."""
    if call.query.get("pageSize", 0) > paging.maximum and call.reads("page-size-clamped", "refused"):
        words = f"pageSize must be at most {paging.maximum}."
        raise BadRequest(Problem(message=words, parameter="pageSize"), rule="page-size-clamped")
    return page_of(call.query, paging)


def page(call: Call, index: str, at: Place = None, *, order: ReadOrder | None = None) -> Page:
    """The page the query asks for of what an index holds, in the given order, else in that of the query's `sort`.

    Where the query includes other records, an empty list stands for them: a rule that has any puts them there.
    """
    kind, paging = call.operation.resource.type, call.operation.paging
    if paging is None:
        return Page(records=call.records.find_stored(kind, index, at))
    asked = asked_page(call, paging)
    order = order or call.query.get("sort", call.operation.options.get("sort", "asc"))
    found = call.records.find_stored(kind, index, at, order=order, limit=asked.size + 1, offset=asked.offset)
    return Page(
        records=found[: asked.size],
        page=asked.number,
        size=asked.size,
        more=len(found) > asked.size,
        total=call.records.count(kind, index, at) if paging.totals else None,
        included=[] if "include" in call.query else None,
    )


def order_of(sort: str) -> ReadOrder:
    """Which way a `sort` such as `-createdAt` goes."""
    return "desc" if sort.startswith("-") else "asc"


def in_order(records: list[Record], sort: str) -> list[Record]:
    """Records by the attribute that `sort` names, backwards with `-` before it; as they are if it is empty."""
    name = sort.removeprefix("-")
    return sorted(records, key=lambda record: record["attributes"][name], reverse=name != sort) if name else records


def page_of_records(call: Call, records: Sequence[Record]) -> Page:
    """The page the query asks for of these records, in their order."""
    paging = call.operation.paging
    if paging is None:
        return Page(records=records)
    asked = asked_page(call, paging)
    end = asked.offset + asked.size
    return Page(
        records=records[asked.offset : end],
        page=asked.number,
        size=asked.size,
        more=end < len(records),
        total=len(records) if paging.totals else None,
    )
