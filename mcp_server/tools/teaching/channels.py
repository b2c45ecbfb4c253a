"""Pure: which app carries which channel, as the schemas of drafts say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kustomer_sandbox.mcp_server.tools.definitions import Definition

CHANNEL: Final = "channel"
APP: Final = "app"


def channel_words(definition: Definition) -> str:
    """The pairs of channel and app that are known, of the channel that the tool sets if it sets one."""
    fixed = definition.tool.fixed.get(CHANNEL)
    pairs = {channel: apps for channel, apps in _pairs(definition.document).items() if fixed in {None, channel}}
    told = [f"{channel} ({', '.join(apps)})" for channel, apps in pairs.items()]
    others = [channel for channel in definition.shapes.words_at((CHANNEL,)) if channel not in pairs]
    also = f"; other channels are {', '.join(others)}" if others else ""
    return f"`{CHANNEL}` and `{APP}` go together: {', '.join(told)}{also}" if told else ""


def _pairs(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """The apps of each channel that any schema pins."""
    found: dict[str, list[str]] = {}
    for schema in document["components"]["schemas"].values():
        members = _properties(schema)
        for channel in _values(members.get(CHANNEL)):
            apps = list(_values(members.get(APP)))
            if apps and "const" in members[CHANNEL]:
                found[channel] = list(dict.fromkeys([*found.get(channel, ()), *apps]))
    return dict(sorted(found.items()))


def _properties(schema: object) -> Mapping[str, Any]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties if isinstance(properties, Mapping) else {}


def _values(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        yield from ([schema["const"]] if "const" in schema else schema.get("enum", ()))
