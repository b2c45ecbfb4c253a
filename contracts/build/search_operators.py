"""Which operators each class of search attributes takes, and how attributes are named that no list holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_EXACT: Final = ("equals", "not_equals", "in", "not_in")
_WORDS: Final = ("contains", "not_contains")
_ORDER: Final = ("gte", "gt", "lte", "lt")
_SET: Final = ("set", "not_set")

OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "any": _WORDS,
    "string": (*_EXACT, *_WORDS, "prefix", *_SET),
    "string_notanalyzed": (*_EXACT, "prefix", *_SET),
    "text": ("equals", "not_equals", *_WORDS, *_SET),
    "list": (*_EXACT, *_SET),
    "datetime": (*_ORDER, *_SET),
    "number": (*_EXACT, *_ORDER, *_SET),
    "boolean": ("equals", "not_equals", *_SET),
}
"""Operator class -> the operators its attributes take. Attributes of the class `sort` take none."""

CUSTOM_CLASSES: Final[Mapping[str, str]] = {
    "Str": "string",
    "Txt": "text",
    "Num": "number",
    "At": "datetime",
    "Bool": "boolean",
    "Url": "string",
    "Id": "string_notanalyzed",
    "Tree": "string_notanalyzed",
}
"""The end of a custom attribute's name -> its operator class."""
