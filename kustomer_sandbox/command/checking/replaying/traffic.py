"""Reads recorded traffic: HAR files, as browsers and proxies write them, and JSON lines."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from kustomer_sandbox.contracts.model import JSON

_LINE = "each line has method, url (or path), status, and body and response where there are any"


class TrafficError(Exception):
    """The file cannot be read as traffic; the message says why, and nothing of what stands in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedExchange:
    """A recorded request and its answer. Headers are not kept: they hold keys."""

    method: str
    path: str
    query: str
    body: JSON
    status: int
    response: JSON


def read_traffic(file: Path) -> list[RecordedExchange]:
    """All exchanges in their order. Raises `TrafficError`."""
    try:
        text = file.read_bytes()
    except OSError as fault:
        raise TrafficError(f"{file} cannot be read: {fault.strerror}") from None
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        return list(_lines(file, text))
    try:
        return list(_har(whole) if "log" in whole else map(_exchange, [whole]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TrafficError(f"{file} is neither HAR nor JSON lines: {_LINE}") from None


def _lines(file: Path, text: bytes) -> Iterator[RecordedExchange]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield _exchange(orjson.loads(line))
            except (KeyError, TypeError, ValueError, AttributeError) as fault:
                raise TrafficError(f"{file}:{number} is no exchange: {type(fault).__name__}; {_LINE}") from None


def _exchange(line: dict[str, JSON]) -> RecordedExchange:
    parts = urlsplit(line["url"] if "url" in line else line["path"])
    return RecordedExchange(
        method=line["method"].upper(),
        path=parts.path,
        query=parts.query or line.get("query", ""),
        body=line.get("body"),
        status=int(line["status"]),
        response=line.get("response"),
    )


def _har(whole: dict[str, JSON]) -> Iterator[RecordedExchange]:
    for entry in whole["log"]["entries"]:
        asked, told = entry["request"], entry["response"]
        content = told.get("content", {})
        text = content.get("text") or ""
        if content.get("encoding") == "base64":
            try:
                text = base64.b64decode(text)
            except binascii.Error:
                text = ""
        parts = urlsplit(asked["url"])
        yield RecordedExchange(
            method=asked["method"].upper(),
            path=parts.path,
            query=parts.query,
            body=_decoded((asked.get("postData") or {}).get("text")),
            status=int(told["status"]),
            response=_decoded(text),
        )


def _decoded(text: str | bytes | None) -> JSON:
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.decode(errors="replace") if isinstance(text, bytes) else text
