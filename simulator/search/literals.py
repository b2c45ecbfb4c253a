"""Checks the value of a criterion and turns it into stored form. Refusals never repeat the value."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kustomer_sandbox.simulator.search.dates import bounds
from kustomer_sandbox.simulator.search.operators import FOLDED, NEGATIONS, words
from kustomer_sandbox.simulator.search.query import Attribute, TagId, Test
from kustomer_sandbox.simulator.store.protocol import Key
from kustomer_sandbox.simulator.values.clock import iso
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.moments import offset
from kustomer_sandbox.simulator.values.record import JSON

TAG_HELP = "Give the tag's 24-hex id or the exact name of an existing tag; list tags with GET /v1/tags."
_ID = re.compile(r"[0-9a-fA-F]{24}")
_MOST_VALUES = 1000
_LONGEST_TEXT = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Literals:
    """Reads operands of one search: its instant, its time zone, and how to find a tag by its name."""

    now: datetime
    zone: ZoneInfo
    tag_id: TagId | None = None

    def test(self, attribute: Attribute, operator: str, value: JSON, *, pointer: str) -> Test:
        """The test of `{operator: value}`. `BadRequest` at `pointer` if the value does not fit."""
        positive = NEGATIONS.get(operator, operator)
        negated = operator in NEGATIONS
        if positive == "set":
            _expect(
                value in ("", True, None) and not _is_number(value), pointer, 'Write "" as the value of this operator.'
            )
            return Test(operator="set", operand=None, negated=negated)
        if positive == "in":
            return Test(operator="in", operand=self._several(attribute, value, pointer), negated=negated)
        if attribute.operator == "datetime":
            return self._date(positive, value, pointer)
        if positive == "contains" and attribute.operator in ("text", "any"):
            return Test(operator="contains", operand=_words(value, pointer), negated=negated)
        exact = positive == "equals"
        return Test(operator=positive, operand=self._one(attribute, value, pointer, exact=exact), negated=negated)

    def _several(self, attribute: Attribute, value: JSON, pointer: str) -> tuple[Key, ...]:
        _expect(isinstance(value, list) and bool(value), pointer, "Give a non-empty array of values.")
        _expect(len(value) <= _MOST_VALUES, pointer, f"Give at most {_MOST_VALUES} values.")
        return tuple(self._one(attribute, item, f"{pointer}/{at}", exact=True) for at, item in enumerate(value))

    def _date(self, operator: str, value: JSON, pointer: str) -> Test:
        """A day includes all its hours: `gt` and `lte` take its end, `gte` and `lt` its start."""
        found = self._bounds(value) if isinstance(value, str) else None
        if found is None:
            raise BadRequest(Problem(pointer=pointer, message=(
                "Give a date: YYYY-MM-DD (a day in the search's timeZone), a full timestamp, such as"
                " 2026-06-09T12:00:00Z (UTC where it has no offset), or an offset from now, such as now-24h."
            )))  # fmt: skip
        start, end = found
        if operator in ("gt", "lte"):
            return Test(operator={"gt": "gte", "lte": "lt"}[operator], operand=end)
        return Test(operator=operator, operand=start)

    def _bounds(self, text: str) -> tuple[str, str] | None:
        if not text.startswith("now"):
            return bounds(text, self.zone)
        try:
            instant = offset(text, self.now)
            return iso(instant), iso(instant + timedelta(milliseconds=1))
        except (ValueError, OverflowError):
            return None

    def _one(self, attribute: Attribute, value: JSON, pointer: str, *, exact: bool) -> Key:
        if attribute.operator == "number":
            return _number(attribute, value, pointer)
        if attribute.operator == "boolean" and not attribute.enum:
            return _boolean(attribute, value, pointer)
        if not isinstance(value, str):
            raise BadRequest(Problem(pointer=pointer, message="Give a string."))
        _expect(len(value) <= _LONGEST_TEXT, pointer, f"Give a string of at most {_LONGEST_TEXT} characters.")
        if not value:
            return value  # answered by the real API whatever the attribute; only empty texts equal it
        return self._string(attribute, value, pointer, exact=exact)

    def _string(self, attribute: Attribute, value: str, pointer: str, *, exact: bool) -> Key:
        if exact and attribute.enum and value not in attribute.enum:
            known = ", ".join(str(choice) for choice in attribute.enum)
            raise BadRequest(Problem(pointer=pointer, message=f"Give one of: {known}."))
        if exact and attribute.name.endswith("_tags"):
            return self._tag(value, pointer)
        if exact and attribute.pattern and not re.search(attribute.pattern, value):
            raise BadRequest(Problem(pointer=pointer, message=_pattern_help(attribute)))
        stored = dict(attribute.values).get(value, value)
        return stored.lower() if isinstance(stored, str) and attribute.operator in FOLDED else stored

    def _tag(self, value: str, pointer: str) -> Key:
        """A tag's id. Names are accepted too: the API documents ids only, so that is a leniency (assumed)."""
        found = value.lower() if _ID.fullmatch(value) else self.tag_id(value) if self.tag_id else None
        if found is None:
            raise BadRequest(Problem(pointer=pointer, message=TAG_HELP))
        return found


def _pattern_help(attribute: Attribute) -> str:
    if attribute.operator == "list":
        return "Give an id of 24 hexadecimal digits, not a name."
    return "Give a phone number in E.164 form, such as +15550100; use contains or prefix for a part of one."


def _words(value: JSON, pointer: str) -> tuple[str, ...]:
    found = words(value) if isinstance(value, str) else frozenset()
    _expect(bool(found) or value == "", pointer, "Give a string with at least one word.")
    _expect(len(value) <= _LONGEST_TEXT, pointer, f"Give a string of at most {_LONGEST_TEXT} characters.")
    return tuple(sorted(found))


def _number(attribute: Attribute, value: JSON, pointer: str) -> Key:
    if not _is_number(value) or not math.isfinite(value):
        raise BadRequest(Problem(pointer=pointer, message="Give a number."))
    low, high = attribute.minimum, attribute.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadRequest(Problem(pointer=pointer, message=f"Give a number from {low} to {high}."))
    number: int | float = value
    return number


def _boolean(attribute: Attribute, value: JSON, pointer: str) -> bool:
    """True or false. Some booleans are declared as strings, so those take `"true"` and `"false"` as well."""
    if attribute.value_type == "string" and value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise BadRequest(Problem(pointer=pointer, message="Give true or false."))
    return value


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _expect(holds: bool, pointer: str, message: str) -> None:  # noqa: FBT001
    if not holds:
        raise BadRequest(Problem(pointer=pointer, message=message))
