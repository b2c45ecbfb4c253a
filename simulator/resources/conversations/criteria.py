"""Whether a conversation meets the criteria of an agreement, survey or queue rule, as settings write them.

A condition is `{attribute: {operator, value}}`, the attribute named as searches name it (vendor-docs). Only attributes
of the conversation itself are known; a condition that is not understood holds for no conversation (assumed). Tags are
given by name or id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kustomer_sandbox.simulator.operations.call import Context
from kustomer_sandbox.simulator.resources.conversations.tags import tag_id
from kustomer_sandbox.simulator.values.record import Record

_TAGS = "conversation_tags"
_ALIASES = {"conversation_channel": "conversation_channels"}
_PLAIN: Mapping[str, Callable[[list[Any], Any], bool]] = {
    "equals": lambda found, value: value in found,
    "not_equals": lambda found, value: value not in found,
    "in": lambda found, value: bool(found) and any(item in found for item in value),
    "not_in": lambda found, value: not any(item in found for item in value),
    "contains": lambda found, value: any(str(value).casefold() in str(item).casefold() for item in found),
    "set": lambda found, _: bool(found),
    "not_set": lambda found, _: not found,
    "gt": lambda found, value: any(item > value for item in found),
    "gte": lambda found, value: any(item >= value for item in found),
    "lt": lambda found, value: any(item < value for item in found),
    "lte": lambda found, value: any(item <= value for item in found),
}


def meets(context: Context, conversation: Record, criteria: Mapping[str, Any]) -> bool:
    """Whether all of `and` and, where there are some, one of `or` hold; without conditions everything does."""
    # Asked of every change of a conversation: plain loops take half the time of `all` and `any`.
    for each in criteria.get("and") or ():
        if not _holds(context, conversation, each):
            return False
    some = criteria.get("or") or ()
    return not some or any(_holds(context, conversation, each) for each in some)


def _holds(context: Context, conversation: Record, condition: Mapping[str, Any]) -> bool:
    for name, test in condition.items():
        attribute = context.world.contracts.search.get(_ALIASES.get(name, name))
        if attribute is None or not name.startswith("conversation_"):
            return False
        found = _values(conversation, attribute.path)
        of_tags = name == _TAGS and found
        for operator, value in _tests(test):
            if not _passes(operator, found, _ids(context, value) if of_tags else value):
                return False
    return True


def _tests(test: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((test["operator"], test.get("value")),) if "operator" in test else test.items()


def _ids(context: Context, tags: Any) -> Any:  # noqa: ANN401 - values are JSON
    """Tags of a condition by their ids, as conversations have them; what is no tag stays as it is."""
    if isinstance(tags, list):
        return [_ids(context, tag) for tag in tags]
    return (tag_id(context, tags) or tags) if isinstance(tags, str) else tags


def _passes(operator: str, found: list[Any], value: Any) -> bool:  # noqa: ANN401 - values are JSON
    plain = _PLAIN.get(operator)
    try:
        return plain is not None and plain(found, value)
    except TypeError:  # a number compared with a text, or `in` with what is no list
        return False


def _values(conversation: Record, path: str | tuple[str, ...]) -> list[Any]:
    value: Any = conversation
    for step in path.split(".") if isinstance(path, str) else path:
        value = value.get(step) if isinstance(value, dict) else None
    return [] if value is None else value if isinstance(value, list) else [value]
