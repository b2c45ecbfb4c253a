"""What is said about a failed rule: words made from the rule, never from the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_LIMITS = {
    "maxLength": "must have at most {limit} characters",
    "minLength": "must have at least {limit} characters",
    "maximum": "must be at most {limit}",
    "minimum": "must be at least {limit}",
    "exclusiveMaximum": "must be less than {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "maxItems": "must have at most {limit} items",
    "minItems": "must have at least {limit} items",
    "maxProperties": "must have at most {limit} fields",
    "minProperties": "must have at least {limit} fields",
}

OBJECT_ID = "^[0-9a-f]{24}$"
_AN_ID = "[0-9a-f]{24}"
OPTIONS_SHOWN = 40
"""Of more words that a value may be only their number is told."""

_PATTERNS = {
    OBJECT_ID: "must be an id of 24 hexadecimal digits",
    "^([0-9a-f]{24})?$": "must be an id of 24 hexadecimal digits, or empty",
    r"^(company|conversation|customer|message|note|user|kobject\.[0-9a-zA-Z_-]{1,255})$": (
        "must be one of company, conversation, customer, message, note, user, kobject.<klass>"
    ),
    "^[0-9a-f]{24}(,[0-9a-f]{24}){0,99}$": "must be one id of 24 hexadecimal digits, or several with commas",
    r"^\+?[1-9][0-9]{1,14}$": "must be a phone number in E.164 form, such as +15555550100",
    r"^[^@\s]+@[^@\s]+$": "must be an e-mail address",
    "^([/*]|$)": "must begin with a slash, such as /v1/customers/{id}",
    "^(company|customer|message|conversation|conversation_time|note|kobject|kobject_.*|work_session|work_item)$": (
        "must be one of company, customer, message, conversation, conversation_time, note, kobject, kobject_<klass>,"
        " work_session, work_item"
    ),
    "^(message|conversation|customer|kobject|kobject_.*|company)$": (
        "must be one of message, conversation, customer, kobject, kobject_<klass>, company"
    ),
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$": (
        "must be a date such as 2026-06-09, or a date-time such as 2026-06-09T12:00:00Z"
    ),
    r"^now([+-][0-9]{1,6}(ms|s|m|h|d|w))*$": "must be an offset such as now+2h (ms, s, m, h, d, w)",
}

_FORMATS = {
    "date-time": "must be a date-time such as 2026-06-09T12:00:00.000Z",
    "uri": "must be an absolute URL",
    "date": "must be a date such as 2026-06-09",
    "email": "must be an e-mail address such as name@example.com",
}


def words(name: str, error: Any) -> str:
    """What a value must be, by the rule it failed."""
    if name == "maxLength" and _limit(error) == 0:
        return "must be empty"
    if name in _LIMITS:
        return _LIMITS[name].format(limit=_limit(error))
    return _WORDS.get(name, _unknown)(error)


def needed(schema: Mapping[str, Any]) -> str:
    """What is said of a field that is missing: that it is, and which values it may have where they are few."""
    if "enum" in schema:
        return f"is required and must be one of {_listed(schema['enum'])}"
    told = _PATTERNS.get(schema.get("pattern", ""), "")
    return f"is required and {told}" if "one of" in told else "is required"


def wants_id(error: Any) -> bool:
    """Whether an id was expected and something else was given."""
    return bool(error.kind.name == "pattern" and _AN_ID in error.kind.pattern)


def type_names(error: Any) -> list[str]:
    """The JSON types a `type` rule allows."""
    types = error.kind.types
    return [str(name) for name in (types if isinstance(types, list | tuple | set | frozenset) else [types])]


def of_type(names: list[str]) -> str:
    """JSON types as a choice, as one says it: `a string`, `an object or null`."""
    return either([name if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}" for name in names])


def either(names: list[str]) -> str:
    """Several names as a choice."""
    return " or ".join(names)


def shown(value: Any) -> str:
    """A constant of the contract as it is written in JSON."""
    return "null" if value is None else str(value)


def _limit(error: Any) -> Any:
    return error.kind.as_dict().get("limit", "the limit")


def _options(error: Any) -> list[Any]:
    options = error.kind.options
    return options if isinstance(options, list) else [options]


def _listed(options: list[Any]) -> str:
    if len(options) > OPTIONS_SHOWN:
        return f"the {len(options)} that there are"
    return ", ".join(map(shown, options))


def _not_here(error: Any) -> str:
    """The words for what must not be there: at all, or beside the field whose own schema says so."""
    steps = list(error.schema_path)
    beside = steps[steps.index("dependentSchemas") + 1] if "dependentSchemas" in steps else ""
    return f"is not allowed beside {beside}" if beside else "is not allowed here"


def _unknown(_: Any) -> str:
    return "is not what the contract allows here"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "type": lambda error: f"must be {of_type(type_names(error))}",
    "pattern": lambda error: _PATTERNS.get(error.kind.pattern, f"must match the pattern {error.kind.pattern}"),
    "format": lambda error: _FORMATS.get(error.kind.format, f"must be a valid {error.kind.format}"),
    "enum": lambda error: f"must be one of {_listed(_options(error))}",
    "falseSchema": _not_here,
    "not": lambda _: "is not allowed in this form",
    "multipleOf": lambda error: f"must be a multiple of {error.kind.multiple_of}",
    "propertyNames": lambda _: "has a field name that is not allowed",
    "const": lambda error: f"must be {shown(error.kind.expected_value)}",
    "uniqueItems": lambda _: "must not repeat an item",
    "oneOfMultipleValid": lambda _: "matches more than one of the allowed forms",
}
