"""Stand-ins for values: of the same kind, form and length, the same one for the same value each time, and nobody's.

What is kept are words of the contract where the contract has them (`status: done`), booleans, small whole numbers of
declared fields, and how times lie to the present.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final

from kustomer_sandbox.command.checking.replaying.shapes import shown
from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.suite.laws.promised import promised

LONGEST: Final = 1_000
"""Longer texts are recorded as texts of this length."""
_MOST_ITEMS = 100
_SMALL = 1_000
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_CODE = re.compile("[a-z][a-z0-9_]{0,39}")
_DIGITS = re.compile(r"\d+")
_PAST, _FUTURE = "2020-01-01T00:00:00.000Z", "2035-01-01T00:00:00.000Z"
_FORMS: Final = (
    (re.compile("[0-9a-f]{24}"), "{number:024x}"),
    (re.compile(r"\d{4}-\d\d-\d\d"), _PAST[:10]),
    (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "person{number}@example.com"),
    (re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE), "https://example.com/{number}"),
    (re.compile(r"\+[\d\s().-]{7,20}|(?=.*\D)[\d\s().-]{7,20}"), "+1555{number:07d}"),
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CUSTOM = "custom"
_MASK = "***"
_RELATION = ("type", "queryContext", "lang", "language", "locale")


class StandIns:
    """The stand-ins of one recording."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._now = datetime.min.replace(tzinfo=UTC)

    def at(self, now: datetime) -> None:
        """Times are past or future seen from here."""
        self._now = now

    def of(self, value: JSON, within: tuple[str, ...] = ()) -> JSON:
        """The stand-in of a whole value; `within` are the names of the members it stands in, outermost first."""
        if isinstance(value, Mapping):
            return {shown(name): self.of(item, (*within, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.of(item, within) for item in value[:_MOST_ITEMS]]
        if isinstance(value, str):
            return self.text(value, within)
        return value if value is None or isinstance(value, bool) else _number(value, within)

    def text(self, value: str, within: tuple[str, ...]) -> str:
        """The stand-in of a text."""
        is_code = within[:1] == ("errors",) and within[-1] == "code" and _CODE.fullmatch(value)
        if value in {"", _MASK} or is_code or (_CUSTOM not in within and value in words_at(within)):
            return value
        if value not in self._known:
            self._known[value] = self._made(value, len(self._known) + 1)
        return self._known[value]

    def _made(self, value: str, number: int) -> str:
        if _INSTANT.fullmatch(value):
            return _PAST if self._is_past(value) else _FUTURE
        forms = (form for pattern, form in _FORMS if pattern.fullmatch(value))
        form = next(forms, "")
        return form.format(number=number) if form else _plain(value, number)

    def _is_past(self, value: str) -> bool:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return True
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) <= self._now


def _plain(value: str, number: int) -> str:
    """A text without a form: digits for digits, letters for all else."""
    if _DIGITS.fullmatch(value):
        return str(number).zfill(len(value))[-len(value) :]
    return _letters(number, min(len(value), LONGEST))


def _letters(number: int, length: int) -> str:
    """A word of a length that other numbers do not have, as far as the length allows it."""
    word = ""
    while number:
        number, rest = divmod(number, len(_LETTERS))
        word = _LETTERS[rest] + word
    return word.rjust(length, "x")[-length:]


def _number(value: JSON, within: tuple[str, ...]) -> JSON:
    if isinstance(value, float):
        return 1.5
    if 0 <= value < _SMALL and _CUSTOM not in within and within and within[-1] in declared():
        return value
    return int("1" * len(str(abs(value))))


@cache
def declared() -> frozenset[str]:
    """The names of all members that the contracts have."""
    return frozenset(name for name, _ in _properties())


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """The words that the contracts list for members, by the member's name."""
    found: dict[str, set[str]] = {}
    for name, schema in _properties():
        found.setdefault(name, set()).update(_listed(schema))
    types = {resource.type for resource in promised().resources.values()}
    found |= {name: found.get(name, set()) | types for name in _RELATION[:2]}
    found["sort"] = found.get("sort", set()) | {"asc", "desc"}
    return {name: frozenset(words) for name, words in found.items() if words}


def words_at(within: tuple[str, ...]) -> frozenset[str]:
    """Words of the contract that may stand in a member; for searches, `conversation_status` is a `status`."""
    names = [*within[-3:], *(name.partition("_")[2] for name in within[-3:])]
    return frozenset().union(*(_words().get(name, frozenset()) for name in names))


def _properties() -> Iterator[tuple[str, JSON]]:
    """Each member of each schema, and each parameter, by its name."""
    waiting: list[JSON] = [promised().document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            members = node.get("properties")
            yield from members.items() if isinstance(members, Mapping) else ()
            if isinstance(node.get("name"), str) and "schema" in node:
                yield node["name"], node["schema"]
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _listed(schema: JSON) -> Iterator[str]:
    """The words of a member itself, not those of its own members."""
    if isinstance(schema, Mapping):
        words = [*(schema.get("enum") or ()), schema.get("const"), schema.get("default")]
        yield from (word for word in words if isinstance(word, str))
        for key in ("anyOf", "oneOf", "allOf"):
            for branch in schema.get(key) or ():
                yield from _listed(branch)
        yield from _listed(schema.get("items"))
