"""Pure: what one schema says of a value, side by side with another: types, enums, limits, names, what is required."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.schemas import flatten

Severity = Literal["breaking", "addition"]
"""`breaking`: what is done by our contracts may be refused there, or what is looked for may not come."""
Document = Mapping[str, JSON]
_MOST = ("maxLength", "maximum", "maxItems")
_LEAST = ("minLength", "minimum", "minItems")
_DEEPEST = 5


class Found(NamedTuple):
    """One difference: how grave, where, and what the file says."""

    severity: Severity
    place: str
    told: str


class Side(NamedTuple):
    """A schema and the document that its references lead into."""

    schema: JSON
    document: Document

    def at(self, schema: JSON) -> Side:
        return Side(schema, self.document)


def compared(theirs: Side, ours: Side, place: str, *, is_answer: bool, depth: int = 0) -> Iterator[Found]:
    """Every difference of two schemas, and of what stands below them."""
    their, our = _resolved(theirs), _resolved(ours)
    yield from _facts(their, our, place, is_answer=is_answer)
    if depth == _DEEPEST:
        return
    their_fields, our_fields = flatten(their, theirs.document), flatten(our, ours.document)
    if their_fields and our_fields:
        yield from _names(set(their_fields.properties), set(our_fields.properties), place)
        if not is_answer:
            yield from _required(their_fields.required, our_fields.required, set(our_fields.properties), place)
        for name in our_fields.properties.keys() & their_fields.properties.keys():
            below = theirs.at(their_fields.properties[name]), ours.at(our_fields.properties[name])
            yield from compared(*below, f"{place}.{name}", is_answer=is_answer, depth=depth + 1)
    if "items" in their and "items" in our:
        below = theirs.at(their["items"]), ours.at(our["items"])
        yield from compared(*below, f"{place}[]", is_answer=is_answer, depth=depth + 1)


def _resolved(side: Side) -> Mapping[str, JSON]:
    """The schema that is meant, without the way to write that it may be null."""
    found = resolve(side.document, side.schema) if isinstance(side.schema, Mapping) else {}
    branches = [resolve(side.document, one) for one in found.get("anyOf", found.get("oneOf", ()))]
    real = [one for one in branches if one.get("type") != "null"]
    return {**found, **_resolved(side.at(real[0]))} if len(real) == 1 else found


def _names(theirs: set[str], ours: set[str], place: str) -> Iterator[Found]:
    yield from (Found("breaking", f"{place}.{name}", "is not in the file") for name in sorted(ours - theirs))
    yield from (Found("addition", f"{place}.{name}", "is in the file alone") for name in sorted(theirs - ours))


def _required(theirs: set[str], ours: set[str], known: set[str], place: str) -> Iterator[Found]:
    yield from (Found("breaking", f"{place}.{name}", "is required there") for name in sorted(theirs - ours))
    more = (ours - theirs) & known
    yield from (Found("addition", f"{place}.{name}", "is not required there") for name in sorted(more))


def _facts(theirs: Mapping[str, JSON], ours: Mapping[str, JSON], place: str, *, is_answer: bool) -> Iterator[Found]:
    if _types(theirs) and _types(ours) and not _types(theirs) & _types(ours):
        yield Found("breaking", place, f"is {_words(_types(theirs))} there, {_words(_types(ours))} here")
        return
    if "enum" in theirs and "enum" in ours:
        gone, new = (_values(one) - _values(other) for one, other in ((ours, theirs), (theirs, ours)))
        if gone:
            yield Found("addition" if is_answer else "breaking", place, f"does not take {_words(gone)} there")
        if new:
            yield Found("breaking" if is_answer else "addition", place, f"takes {_words(new)} there")
    for names, is_most in ((_MOST, True), (_LEAST, False)):
        for name in names:
            yield from _limit(theirs.get(name), ours.get(name), name, place, is_most=is_most)


def _limit(theirs: JSON, ours: JSON, name: str, place: str, *, is_most: bool) -> Iterator[Found]:
    if theirs == ours or (theirs is None and ours is None):
        return
    is_tighter = ours is None or (theirs is not None and (theirs < ours) is is_most)
    told = f"{name} is {'none' if theirs is None else theirs} there, {'none' if ours is None else ours} here"
    yield Found("breaking" if is_tighter else "addition", place, told)


def _types(schema: Mapping[str, JSON]) -> set[str]:
    kinds = schema.get("type")
    found = {kinds} if isinstance(kinds, str) else set(kinds or ())
    return {"number" if kind == "integer" else kind for kind in found}


def _values(schema: Mapping[str, JSON]) -> set[str]:
    return {str(value) for value in schema["enum"] if value is not None}


def _words(values: set[str]) -> str:
    return " or ".join(sorted(values))
