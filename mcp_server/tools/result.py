"""Pure: an upstream answer as a tool result: lists with a cursor, single records unwrapped, errors in an envelope."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import orjson

from kustomer_sandbox.mcp_server.model import JSON, ToolResult, UpstreamResponse
from kustomer_sandbox.mcp_server.tools import failures, ratelimits
from kustomer_sandbox.mcp_server.tools.cursor import Position
from kustomer_sandbox.mcp_server.tools.definitions import LIMIT, Definition

CHARACTERS: Final = 100_000
"""The size of a result's text. Clients refuse or cut what is far above it."""

_GROWTH: Final = 5
"""How much longer JSON can get when it is written anew: 1e15 becomes 1000000000000000.0."""

_PAGE_KEYS: Final = frozenset({"page", "pageSize", "count", "after", "before"})
_OK: Final = range(200, 300)
_LAST_PAGE_NOTE: Final = "The upstream API serves no further page: narrow the search, for example by time, to see more."
_CUT_NOTE: Final = "Cut to fit. Go on with next_cursor, or ask for fewer records with a smaller limit."
_CUT_IDS_NOTE: Final = "Cut to fit: ask for fewer records in one call."
_INCLUDED_NOTE: Final = "`included` is left out to fit: ask for fewer records with a smaller limit."


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A result and, for a list that goes on, the position of its next part (still to be sealed)."""

    result: ToolResult
    next: Position | None = None


def translate(
    definition: Definition,
    response: UpstreamResponse,
    *,
    arguments: Mapping[str, Any],
    position: Position | None,
    now: datetime,
    room: int = CHARACTERS,
) -> Answer:
    """The answer to a call, in at most `room` characters. `position` is where a paged listing stood."""
    limits = ratelimits.normalised(response.headers, now)
    if response.fault or response.status not in _OK:
        return Answer(result=failures.remote(response, limits))
    body = response.body
    if position is not None or (isinstance(body, Mapping) and isinstance(body.get("data"), list)):
        # JSON Schema counts 5.0 as an integer.
        limit = int(arguments[LIMIT]) if LIMIT in arguments else None
        return _listing(definition, response, limit=limit, position=position, limits=limits, room=room)
    document = _done(response) if body is None else _single(body)
    if len(response.raw) * _GROWTH > room:
        document = fitted(document, room)
    return Answer(result=ToolResult(document=document, meta=limits, upstream_status=response.status))


def with_cursor(answer: Answer, cursor: str | None) -> ToolResult:
    """The result with its sealed cursor put in."""
    document = answer.result.document
    if cursor is None or answer.result.is_error:
        return answer.result
    return ToolResult(
        document={**document, "next_cursor": cursor},
        meta=answer.result.meta,
        upstream_status=answer.result.upstream_status,
    )


def text(document: JSON) -> str:
    """A document as compact JSON text."""
    try:
        return orjson.dumps(document).decode()
    except TypeError:  # half a surrogate pair, or a number beyond 64 bits
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def fitted(document: dict[str, Any], room: int = CHARACTERS) -> dict[str, Any]:
    """One record within `room` characters: its largest attributes are left out and named in `omitted`."""
    if len(text(document)) <= room:
        return document
    attributes = document.get("attributes")
    if not isinstance(attributes, Mapping):
        return {"truncated": True, "message": "The answer is too large to show."}
    sizes = {name: len(text(value)) for name, value in attributes.items()}
    rest = {name: value for name, value in document.items() if name != "included"}
    excess = len(text(rest)) - room + 200
    omitted: list[str] = []
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if excess <= 0:
            break
        omitted.append(name)
        excess -= sizes[name]
    kept = {name: value for name, value in attributes.items() if name not in omitted}
    return {**rest, "attributes": kept, "omitted": sorted(omitted)[:100], "truncated": True}


def _single(body: JSON) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        return {"result": body}
    data = body.get("data")
    if not isinstance(data, Mapping):
        return dict(body)
    extras = {key: body[key] for key in ("included", "meta") if body.get(key)}
    return {**data, **extras}


def _done(response: UpstreamResponse) -> dict[str, Any]:
    return {"success": True, "statusCode": response.status}


def _listing(
    definition: Definition,
    response: UpstreamResponse,
    *,
    limit: int | None,
    position: Position | None,
    limits: Mapping[str, str],
    room: int,
) -> Answer:
    body = response.body if isinstance(response.body, Mapping) else {"data": response.body or []}
    data = body.get("data")
    records = data if isinstance(data, list) else [data]
    skip = position.skip if position else 0
    wanted = records[skip:][:limit] if position else records
    shown = _that_fit(wanted, room - 2_000)
    used = skip + len(shown)
    document: dict[str, Any] = {"result": shown, "next_cursor": None, "result_count": len(shown)}
    document |= _extras(body, room=room - len(text(shown)) - 1_000)
    onward, note = _onward(definition, body, position=position, used=used, left=len(records) - used)
    if len(shown) < len(wanted):
        note = _CUT_NOTE if position else _CUT_IDS_NOTE
    elif body.get("included") and "included" not in document:
        note = _INCLUDED_NOTE
    if note:
        document["note"] = note
    return Answer(result=ToolResult(document=document, meta=limits, upstream_status=response.status), next=onward)


def _onward(
    definition: Definition, body: Mapping[str, Any], *, position: Position | None, used: int, left: int
) -> tuple[Position | None, str]:
    if position is None:
        return None, ""
    if left > 0:
        return Position(query=position.query, skip=used), ""
    following = _next_page(body, position)
    paging = definition.operation.paging
    last = paging.last_page if paging else None
    if following and last is not None and int(dict(following.query).get("page", "0")) > last:
        return None, _LAST_PAGE_NOTE
    return following, ""


def _next_page(body: Mapping[str, Any], position: Position) -> Position | None:
    links = body.get("links")
    link = links.get("next") if isinstance(links, Mapping) else None
    if not isinstance(link, str) or not link:
        return None
    given = {name: value for name, value in parse_qsl(urlsplit(link).query) if name in _PAGE_KEYS}
    query = {**dict(position.query), **given}
    onward = Position(query=tuple(sorted(query.items())))
    # A link back to the same page would send a model round in circles.
    return None if dict(position.query) == query or not _is_page(query) else onward


def _is_page(query: Mapping[str, str]) -> bool:
    return query.get("page", "1").isdecimal()


def _that_fit(records: Sequence[Any], room: int) -> list[Any]:
    shown: list[Any] = []
    for record in records:
        size = len(text(record)) + 1
        if size > room:
            if not shown and isinstance(record, dict):
                shown.append(fitted(record, room))
            break
        shown.append(record)
        room -= size
    return shown


def _extras(body: Mapping[str, Any], *, room: int) -> dict[str, Any]:
    meta = body.get("meta")
    found: dict[str, Any] = {}
    if isinstance(meta, Mapping):
        if isinstance(meta.get("total"), int):
            found["total"] = meta["total"]
        if meta.get("aggregations"):
            found["aggregations"] = meta["aggregations"]
    included = body.get("included")
    if isinstance(included, list) and included and len(text(included)) + len(text(found)) <= room:
        found["included"] = included
    return found
