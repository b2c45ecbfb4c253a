"""Pure: an upstream answer as a tool result: lists with a cursor, single records unwrapped, errors in an envelope."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import orjson

from kustomer_sandbox.mcp_server.model import JSON, RESULT_CHARS, ToolResult, UpstreamResponse
from kustomer_sandbox.mcp_server.tools import failures
from kustomer_sandbox.mcp_server.tools.answers import fields, ratelimits
from kustomer_sandbox.mcp_server.tools.cursor import Position
from kustomer_sandbox.mcp_server.tools.definitions import LIMIT, Definition, page_size

_GROWTH: Final = 5
"""How much longer JSON can get when it is written anew: 1e15 becomes 1000000000000000.0."""

_NAMED: Final = 20
_TOLD: Final = 1_500
"""What is left out is told in: so many names, and so many characters with the words around them."""

_PAGE_KEYS: Final = frozenset({"page", "pageSize", "count", "after", "before"})
_OK: Final = range(200, 300)
_LAST_PAGE_NOTE: Final = "The upstream API serves no further page: narrow the search, for example by time, to see more."
_CUT_NOTE: Final = (
    "Cut to fit: {shown} of {wanted} records. Go on with next_cursor, or ask for less of each with fields."
)
_CUT_IDS_NOTE: Final = (
    "Cut to fit: {shown} of {wanted} records. Ask for fewer in one call, or for less of each with fields."
)
_INCLUDED_NOTE: Final = "`included` is left out to fit: ask for fewer records with a smaller limit."
_OMITTED_NOTE: Final = "Attributes named in `omitted` are left out to fit."
_OMITTED_WAY: Final = " Ask for some of them with fields; one that is too large alone needs a larger max_result_chars."


@dataclass(kw_only=True, slots=True)
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
    room: int = RESULT_CHARS,
) -> Answer:
    """The answer to a call, in at most `room` characters. `position` is where a paged listing stood."""
    limits = ratelimits.normalised(response.headers, now)
    if response.fault or response.status not in _OK:
        return Answer(result=failures.remote(response, limits))
    body = response.body
    if position is not None or (isinstance(body, Mapping) and isinstance(body.get("data"), list)):
        return _listing(definition, response, arguments=arguments, position=position, limits=limits, room=room)
    document = _done(response) if body is None else _single(body, arguments.get(fields.FIELDS, ()))
    if len(response.raw) * _GROWTH > room:
        document = fitted(document, room, way=_OMITTED_WAY if definition.takes_fields else "")
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


def bounded(outcome: ToolResult, room: int) -> ToolResult:
    """An error within `room` characters: what the upstream sent is left out first, then words are cut."""
    document = outcome.document
    if len(text(document)) <= room:
        return outcome
    short = {**document, "raw_response": None, "message": document["message"][: room // 10], "truncated": True}
    return replace(outcome, document={name: value for name, value in short.items() if name != "problems"})


def fitted(document: dict[str, Any], room: int = RESULT_CHARS, *, way: str = "") -> dict[str, Any]:
    """One record within `room` characters: its largest attributes are left out and named in `omitted`.

    `way` is told besides: how to get at them.
    """
    if len(text(document)) <= room:
        return document
    attributes = document.get("attributes")
    cut = _without_largest(document, attributes, room, way) if isinstance(attributes, Mapping) else document
    if len(text(cut)) <= room:
        return cut
    return {"truncated": True, "message": f"The answer is too large to show.{way}"}


def _without_largest(document: Mapping[str, Any], attributes: Mapping[str, Any], room: int, way: str) -> dict[str, Any]:
    sizes = {name: len(text(value)) for name, value in attributes.items()}
    rest = {name: value for name, value in document.items() if name != "included"}
    excess = len(text(rest)) - room + _TOLD
    omitted: list[str] = []
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if excess <= 0:
            break
        omitted.append(name)
        excess -= sizes[name]
    kept = {name: value for name, value in attributes.items() if name not in omitted}
    named = sorted(omitted)[:_NAMED]
    return {**rest, "attributes": kept, "omitted": named, "truncated": True, "note": _OMITTED_NOTE + way}


def _single(body: JSON, wanted: Sequence[str]) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        return {"result": body}
    data = body.get("data")
    if not isinstance(data, Mapping):
        return dict(body)
    extras = {key: body[key] for key in ("included", "meta") if body.get(key)}
    if not wanted:
        return {**data, **extras}
    return {**fields.chosen(data, wanted), **extras, **_unknown_fields([data], wanted)}


def _unknown_fields(records: Sequence[JSON], wanted: Sequence[str]) -> dict[str, list[str]]:
    missing = fields.not_found(records, wanted) if wanted and records else []
    return {"fields_not_found": missing} if missing else {}


def _done(response: UpstreamResponse) -> dict[str, Any]:
    return {"success": True, "statusCode": response.status}


def _listing(
    definition: Definition,
    response: UpstreamResponse,
    *,
    arguments: Mapping[str, Any],
    position: Position | None,
    limits: Mapping[str, str],
    room: int,
) -> Answer:
    body = response.body if isinstance(response.body, Mapping) else {"data": response.body or []}
    data = body.get("data")
    records = data if isinstance(data, list) else [data]
    skip = position.skip if position else 0
    # JSON Schema counts 5.0 as an integer.
    limit = int(arguments.get(LIMIT, page_size(definition.operation)[0])) if position else len(records)
    wanted = records[skip:][:limit]
    names: Sequence[str] = arguments.get(fields.FIELDS, ())
    told = (fields.chosen(one, names) if names else fields.condensed(one) for one in wanted)
    shown = _that_fit(told, room - 2_000, way=_OMITTED_WAY if definition.takes_fields else "")
    used = skip + len(shown)
    document: dict[str, Any] = {"result": shown, "next_cursor": None, "result_count": len(shown)}
    document |= _unknown_fields(wanted, names)
    document |= _extras(body, room=room - len(text(document)) - 1_000)
    onward, note = _onward(definition, body, position=position, used=used, left=len(records) - used)
    if len(shown) < len(wanted):
        note = (_CUT_NOTE if position else _CUT_IDS_NOTE).format(shown=len(shown), wanted=len(wanted))
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


def _that_fit(records: Iterable[Any], room: int, *, way: str) -> list[Any]:
    shown: list[Any] = []
    for record in records:
        size = len(text(record)) + 1
        if size > room:
            if not shown and isinstance(record, dict):
                shown.append(fitted(record, room, way=way))
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
