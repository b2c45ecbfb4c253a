"""What records look like to an agent: who wrote them, what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.web.console.calls import CallRefused
from kustomer_sandbox.web.console.masks import is_masked
from kustomer_sandbox.web.console.rest import Look

PAGE: Final = 100
"""The largest page of a list."""


def listed(look: Look, path: str) -> list[dict[str, Any]]:
    """The records of a list's first page; none where the key may not read them, as an agent would not see them."""
    try:
        found: list[dict[str, Any]] = look.get(f"{path}?pageSize={PAGE}")["data"]
    except CallRefused:
        return []
    return found


def names(records: list[dict[str, Any]]) -> dict[str, str]:
    """What users, teams or tags are called, by their ids."""
    return {one["id"]: str(one["attributes"].get("displayName") or one["attributes"].get("name")) for one in records}


def related(record: Mapping[str, Any], name: str) -> str:
    """The id of a related record; empty if there is none."""
    found = record.get("relationships", {}).get(name, {}).get("data")
    return str(found["id"]) if isinstance(found, Mapping) else ""


def parties(value: JSON) -> Iterator[JSON]:
    """Addresses, whether one or several, each as a text or as a mask."""
    if isinstance(value, list):
        for one in value:
            yield from parties(one)
    elif isinstance(value, Mapping) and not is_masked(value):
        yield value.get("email") or value.get("name") or ""
    elif value:
        yield value


def interactive(meta: JSON) -> dict[str, Any] | None:
    """What a WhatsApp message asks the customer to tap: texts, and buttons or the rows of a list. None for others.

    A message may carry anything there, not only what a draft may.
    """
    found = None if is_masked(meta) else _object(meta).get("interactive")
    if not isinstance(found, Mapping):
        return None
    action = _object(found.get("action"))
    return {
        **{name: _object(found.get(name)).get("text") or "" for name in ("header", "body", "footer")},
        "buttons": [_object(_object(one).get("reply")).get("title") or "" for one in _list(action.get("buttons"))],
        "opener": action.get("button") or "",
        "sections": [_section(_object(one)) for one in _list(action.get("sections"))],
    }


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    rows = [_object(row) for row in _list(section.get("rows"))]
    told = [{name: row.get(name) or "" for name in ("title", "description")} for row in rows]
    return {"title": section.get("title") or "", "rows": told}


def _object(value: JSON) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: JSON) -> list[Any]:
    return value if isinstance(value, list) else []
