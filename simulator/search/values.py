"""The comparable values a stored record has for an attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kustomer_sandbox.simulator.search.dates import stored
from kustomer_sandbox.simulator.search.query import Attribute
from kustomer_sandbox.simulator.store.protocol import Key
from kustomer_sandbox.simulator.values.record import JSON, Record


def values(record: Record, attribute: Attribute) -> list[Key]:
    """Every value, made comparable for the attribute's class; values of a wrong type are left out.

    For `any`, the one value is the text of the whole record.
    """
    path = path_in(attribute, record.get("klass"))
    if not path:
        return []
    if attribute.operator == "any":
        text = "\n".join(str(leaf) for leaf in _walk(record, path) if isinstance(leaf, str)).lower()
        return [text] if text else []
    found = (_comparable(attribute, value) for value in _walk(record, path))
    return [value for value in found if value is not None]


def path_in(attribute: Attribute, klass: str | None) -> tuple[str, ...]:
    """The attribute's path in records of a klass; empty where a custom object's attribute is of another klass."""
    if not attribute.custom:
        return attribute.path if attribute.klass in ("", klass) else ()
    prefix = f"{klass}_"
    if not attribute.custom.startswith(prefix):
        return ()
    return ("attributes", "custom", attribute.custom.removeprefix(prefix))


def _walk(node: JSON, path: Sequence[str]) -> Iterator[Any]:
    """Everything at a path below a node, lists spread out. The last step may be `?`, `#` or `**`."""
    if path and path[0] in _LAST:
        yield from _LAST[path[0]](node)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _walk(item, path)
    elif not path:
        if node is not None:
            yield node
    elif path[0] == "*":
        yield from _walk(node, path[1:])
    elif isinstance(node, dict):
        yield from _walk(node.get(path[0]), path[1:])


def _present(node: JSON) -> Iterator[Any]:
    yield node is not None and node is not False


def _count(node: JSON) -> Iterator[Any]:
    yield len(node) if isinstance(node, list | tuple) else 0


def _leaves(node: JSON) -> Iterator[Any]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for item in node:
            yield from _leaves(item)
    elif isinstance(node, str):
        yield node


_LAST = {"?": _present, "#": _count, "**": _leaves}


def _comparable(attribute: Attribute, value: JSON) -> Key | None:
    match attribute.operator:
        case "number" | "sort":
            return value if _is_number(value) else _sort_text(attribute, value)
        case "boolean":
            return value if isinstance(value, bool | str) else None
        case "datetime":
            return stored(value) if isinstance(value, str) else None
        case "string" | "text":
            return _text(value).lower() if _is_scalar(value) else None
        case _:
            return value if _is_scalar(value) else None


def _sort_text(attribute: Attribute, value: JSON) -> Key | None:
    """Attributes that can only be sorted by hold numbers or texts."""
    return value.lower() if attribute.operator == "sort" and isinstance(value, str) else None


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: JSON) -> bool:
    return isinstance(value, str | int | float)


def _text(value: Key) -> str:
    return value if isinstance(value, str) else str(value)
