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
    """What a WhatsApp message asks the customer to tap: the texts, and buttons or the rows of a list. None for others.
    """
    if is_masked(meta):
        return None
    found = meta.get("interactive") if isinstance(meta, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    action = found.get("action") if isinstance(found.get("action"), Mapping) else {}
    texts = {name: _text(found.get(name)) for name in ("header", "body", "footer")}
    buttons = [one.get("reply", {}).get("title", "") for one in action.get("buttons", ())]
    return {**texts, "buttons": buttons, "opener": action.get("button", ""), "sections": action.get("sections", ())}


def _text(value: JSON) -> JSON:
    return value.get("text", "") if isinstance(value, Mapping) and not is_masked(value) else value or ""
