"""What the positive operators of searches mean for one stored value.

`contains` on analysed text (`text`, `any`) finds whole words, all of them, in any order; on a `string` it finds
a substring. Strings and texts ignore case; `string_notanalyzed` and `list` do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kustomer_sandbox.simulator.search.query import Operand, Test
from kustomer_sandbox.simulator.values.record import JSON

NEGATIONS = {"not_equals": "equals", "not_in": "in", "not_contains": "contains", "not_set": "set"}

FOLDED = ("string", "text", "any")
"""Classes whose values are compared without regard to case."""

_WORD = re.compile(r"\w+")


def words(text: str) -> frozenset[str]:
    """The words of a text, in lower case."""
    return frozenset(_WORD.findall(text.lower()))


def _contains_words(value: JSON, operand: JSON) -> bool:
    return words(value).issuperset(operand)


_MEANING: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, operand: value == operand,
    "in": lambda value, operand: value in operand,
    "contains": lambda value, operand: operand in value,
    "prefix": lambda value, operand: isinstance(value, str) and value.startswith(operand),
    "gte": lambda value, operand: value >= operand,
    "gt": lambda value, operand: value > operand,
    "lte": lambda value, operand: value <= operand,
    "lt": lambda value, operand: value < operand,
    "set": lambda _value, _operand: True,
}


def meaning(operator_class: str, test: Test) -> Callable[[Any], bool]:
    """The positive test of `test` as a predicate on one value in comparable form."""
    by_words = test.operator == "contains" and operator_class in ("text", "any")
    holds = _contains_words if by_words else _MEANING[test.operator]
    operand: Operand = test.operand
    return lambda value: holds(value, operand)
