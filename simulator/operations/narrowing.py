"""Lists that a query narrows to a span of time and sorts: `filter[createdAt][gte]=…`, `sort=-updatedAt`.

One index is read: that of the attribute sorted by, or else of the first one that is filtered, in whose order the
records then come (assumed). A second filtered attribute is looked at record by record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.pages import order_of, page, page_of_records
from kustomer_sandbox.simulator.records.records import Span
from kustomer_sandbox.simulator.values.moments import kept
from kustomer_sandbox.simulator.values.outcome import Page
from kustomer_sandbox.simulator.values.record import Record


def narrowed(call: Call, by: Sequence[str]) -> Page | None:
    """The page that the query asks for; None if it neither filters nor sorts by one of these attributes.

    Raises `BadRequest` for an instant beyond the calendar.
    """
    if not call.query:
        return None
    spans = {name: span for name in by if (span := span_of(call.query, name)) is not None}
    sort = call.query.get("sort", "")
    main = sort.removeprefix("-") or next(iter(spans), None)
    if main is None:
        return None
    order = order_of(sort)
    others = {name: span for name, span in spans.items() if name != main}
    if not others:
        return page(call, main, spans.get(main), order=order)
    found = call.records.find(call.operation.resource.type, main, spans.get(main), order=order)
    return page_of_records(call, [record for record in found if _lies_within(record, others)])


def span_of(query: Mapping[str, Any], name: str) -> Span | None:
    """What a query's `filter[<name>][gt|gte|lt|lte]` leave of an index; None if it has none of them."""
    given = {
        operator: kept(query[key], parameter=key)
        for operator in ("gt", "gte", "lt", "lte")
        if (key := f"filter[{name}][{operator}]") in query
    }
    if not given:
        return None
    # Of two bounds on one side the tighter one counts; of equal ones that which leaves the instant itself out.
    lows = [(given[operator], operator == "gt") for operator in ("gt", "gte") if operator in given]
    highs = [(given[operator], operator == "lte") for operator in ("lt", "lte") if operator in given]
    low, above = max(lows, default=(None, False))
    high, including = min(highs, default=(None, True))
    return Span(low=low, above_low=above, high=high, below_high=not including)


def _lies_within(record: Record, spans: Mapping[str, Span]) -> bool:
    return all(_is_in(record["attributes"][name], span) for name, span in spans.items())


def _is_in(instant: str, span: Span) -> bool:
    low, high = span.low, span.high
    if isinstance(low, str) and (instant < low or (span.above_low and instant == low)):
        return False
    return not (isinstance(high, str) and (instant > high or (span.below_high and instant == high)))
