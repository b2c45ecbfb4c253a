"""Does a record satisfy a query."""

from __future__ import annotations

from collections.abc import Iterable

from kustomer_sandbox.simulator.search.dates import stored
from kustomer_sandbox.simulator.search.operators import meaning
from kustomer_sandbox.simulator.search.query import Context, Criterion, FilterNode, Group, Query, Related, Test
from kustomer_sandbox.simulator.search.relations import subjects_of, type_name
from kustomer_sandbox.simulator.search.values import values
from kustomer_sandbox.simulator.values.record import Record


def match(query: Query, record: Record, related: Related) -> bool:
    """Whether the search finds the record: its type, age, tombstone and every condition."""
    return (
        _belongs(record, query.context)
        and _visible(query, record)
        and _in_period(query, record)
        and _holds(query, query.where, record, related)
    )


def _belongs(record: Record, context: Context) -> bool:
    return type_name(record) == context.type and context.klass in (None, record.get("klass"))


def _visible(query: Query, record: Record) -> bool:
    return query.include_deleted or not record.get("deleted")


def _in_period(query: Query, record: Record) -> bool:
    """Records that never say when they were updated count as recent."""
    instant = updated_at(record)
    return (instant is not None and instant < query.horizon) is query.archive


def updated_at(record: Record) -> str | None:
    """When a record says that it was last updated, in the form that sorts as text."""
    updated = record.get("attributes", {}).get("updatedAt")
    return stored(updated) if isinstance(updated, str) else None


def _holds(query: Query, node: FilterNode, record: Record, related: Related) -> bool:
    if isinstance(node, Criterion):
        return _satisfies(query, node, record, related)
    return _combine(node, (_holds(query, part, record, related) for part in node.nodes))


def _combine(group: Group, results: Iterable[bool]) -> bool:
    if group.kind == "all":
        return all(results)
    return any(results) is (group.kind == "any")


def _satisfies(query: Query, criterion: Criterion, record: Record, related: Related) -> bool:
    """Positive tests hold together on one record; a negated test holds when its opposite holds on none."""
    subjects = list(_subjects(query, criterion, record, related))
    wanted = tuple(test for test in criterion.tests if not test.negated)
    if wanted and not any(_passes(criterion, wanted, subject) for subject in subjects):
        return False
    unwanted = (test for test in criterion.tests if test.negated)
    return not any(_passes(criterion, (test,), subject) for test in unwanted for subject in subjects)


def _passes(criterion: Criterion, tests: tuple[Test, ...], subject: Record) -> bool:
    found = values(subject, criterion.attribute)
    return all(any(map(meaning(criterion.attribute.operator, test), found)) for test in tests)


def _subjects(query: Query, criterion: Criterion, record: Record, related: Related) -> Iterable[Record]:
    """The records a criterion looks at: the record itself, or what is related to it and visible."""
    own = query.context.type
    for name in subjects_of(criterion.attribute, own):
        if name == own:
            yield record
        else:
            yield from (other for other in related(record, name) if _visible(query, other))
