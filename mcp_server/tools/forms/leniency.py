"""Pure: arguments that came in another form than the schema wants, in the form that is meant.

Context: models and clients send a list or an object as JSON text, a number or a boolean as text, several ids as a list
where a text with commas is wanted and the other way round, null or an empty text for an argument they leave out, and
the `channel` that a draft tool sets by itself. Choice: a value that the schema
takes is never touched, so where null means "clear this" it goes on meaning that, and an empty text is no null; any
other is read anew, and what comes out must be what the schema takes. Conditions of a search are not left out for a null
inside of them: that would find more than was asked for. A text with commas that could be one item as well as several is
not taken apart. Cost: a call whose arguments are wrong is checked twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.contracts.validation import Checker
from kustomer_sandbox.mcp_server.model import JSON
from kustomer_sandbox.mcp_server.tools.forms.alternatives import Alternative, Alternatives

_BOOLEANS: Final = {"true": True, "false": False}
_NOT_JSON: Final = (ValueError, TypeError, RecursionError, OverflowError)
_LEFT_OUT: Final = (None, "")


class Leniency:
    """Reads the arguments of one tool. `fixed` are those that the tool sets by itself.

    With `drops_nulls` members of objects that are null and may not be are left out, too. `clears` says that the tool
    changes a record: what an object of nulls would clear is then not taken for left out.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        *,
        fixed: Mapping[str, Any] | None = None,
        drops_nulls: bool = False,
        clears: bool = False,
    ) -> None:
        self._root = Checker(schema)
        self._schema = schema
        self._fixed = fixed or {}
        self._drops_nulls = drops_nulls
        self._clears = clears
        self._alternatives = Alternatives(schema.get("$defs", {}))
        self._checkers: dict[int, Checker] = {}

    def read(self, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """The arguments as they are meant, and the names of those that came in another form. Raises nothing."""
        try:
            if self._root.is_valid(given):
                return given, ()
            return self._read(given)
        except _NOT_JSON:
            return given, ()

    def _read(self, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        known, required = self._schema["properties"], self._schema.get("required", ())
        found: dict[str, Any] = {}
        changed = []
        for name, value in given.items():
            if name not in known:
                if name in self._fixed and _is_same(value, self._fixed[name]):
                    changed.append(name)
                else:
                    found[name] = value
            elif self._takes(known[name], value):
                found[name] = value
            elif value in _LEFT_OUT and name not in required and not self._could_clear(known[name]):
                changed.append(name)
            else:
                found[name] = self._value(value, known[name])
                if found[name] is not value:
                    changed.append(name)
        return (found, tuple(sorted(changed))) if changed else (given, ())

    def _value(self, value: JSON, node: Mapping[str, Any]) -> JSON:
        """The value in a form the schema takes; as it came if there is none, but an object or list out of its text."""
        if self._takes(node, value):
            return value
        read = _out_of_text(value) if isinstance(value, str) else value
        for inner in (*self._inner(read, node), *_in_other_number(read)):
            if self._takes(node, inner):
                return value if self._is_ambiguous(read, inner, node) else inner
        if not isinstance(read, dict | list) or self._alternatives.take_text(node):
            return value
        # It is refused, but what is wrong with an object can be told better than that it came as text.
        nearest = next(self._inner(read, node), read)
        return value if nearest == value else nearest

    def _inner(self, value: JSON, node: Mapping[str, Any]) -> Iterator[Any]:
        """The value with what is inside of it read, once for each alternative of the schema."""
        for alternative in self._alternatives.of(node):
            if isinstance(value, dict):
                yield dict(self._members(value, alternative))
            elif isinstance(value, list) and alternative.items is not None:
                yield [self._value(item, alternative.items) for item in value]
            else:
                yield value

    def _is_ambiguous(self, read: JSON, inner: JSON, node: Mapping[str, Any]) -> bool:
        """Whether commas may be part of the text: one item that could be several as well, or several that are prose."""
        if isinstance(read, list):
            return isinstance(inner, str) and len(read) > 1 and self._takes(node, " ".join(read))
        return inner == [read] and "," in read and self._takes(node, _taken_apart(read))

    def _members(self, value: dict[str, Any], alternative: Alternative) -> Iterator[tuple[str, Any]]:
        for name, member in value.items():
            node = alternative.member(name)
            if node is None:
                yield name, member
            elif not (member is None and self._may_drop(name, alternative)) or self._takes(node, member):
                yield name, self._value(member, node)

    def _may_drop(self, name: str, alternative: Alternative) -> bool:
        return self._drops_nulls and name in alternative.properties and name not in alternative.required

    def _could_clear(self, node: Mapping[str, Any]) -> bool:
        """Whether null, or an object whose required members are null, means to take away what is there."""
        if self._takes(node, None):
            return True
        nulls = (dict.fromkeys(one.required) for one in self._alternatives.of(node) if one.required)
        return self._clears and any(self._takes(node, each) for each in nulls)

    def _takes(self, node: Mapping[str, Any], value: JSON) -> bool:
        checker = self._checkers.get(id(node))
        if checker is None:
            checker = self._checkers[id(node)] = Checker({**node, "$defs": self._schema.get("$defs", {})})
        return checker.is_valid(value)


def _out_of_text(text: str) -> JSON:
    """The list, object, number or boolean that a text spells; the text itself if it spells none."""
    plain = text.strip()
    if plain.lower() in _BOOLEANS:
        return _BOOLEANS[plain.lower()]
    try:
        read = json.loads(plain, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    return text if read is None or isinstance(read, str) else read


def _in_other_number(value: JSON) -> Iterator[JSON]:
    """A list of plain texts as one text with commas; a text as a list of one, or of what its commas part."""
    if isinstance(value, str) and value:
        yield [value]
        yield _taken_apart(value)
    elif isinstance(value, list) and value and all(isinstance(item, str) and "," not in item for item in value):
        yield ",".join(value)


def _taken_apart(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _refuse(name: str) -> JSON:
    raise ValueError(name)


def _is_same(value: JSON, fixed: JSON) -> bool:
    if isinstance(value, str) and isinstance(fixed, str):
        return value.strip().casefold() == fixed.casefold()
    return bool(value == fixed)
