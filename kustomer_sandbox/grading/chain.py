"""Lines that hold on to each other: each has a digest of every field, and one of itself and the line before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

_FIELDS, _CHAIN = "fields", "chain"
_START = "kustomer-sandbox bundle"


class DamagedBundle(Exception):
    """A bundle is not as it was written: `line` counts from 1, `field` may be empty."""

    def __init__(self, line: int, field: str, reason: str) -> None:
        super().__init__(f"line {line}{field and f', field {field}'}: {reason}")
        self.line = line
        self.field = field
        self.reason = reason


def chained(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Each record as a line, without its end."""
    before = _digest(_START.encode())
    for record in records:
        line, before = _line(record, before)
        yield line


def unchained(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The records of lines. Raises `DamagedBundle` for the first that is not as it was written."""
    before = _digest(_START.encode())
    for number, line in enumerate(lines, 1):
        record = _parsed(number, line)
        told, chain = record.pop(_FIELDS, None), record.pop(_CHAIN, None)
        for name in sorted({*record, *(told if isinstance(told, dict) else ())}):
            if not isinstance(told, dict) or told.get(name) != _short(record.get(name)):
                raise DamagedBundle(number, name, "is not what was written")
        whole, before = _line(record, before)
        if chain != before:
            raise DamagedBundle(number, _CHAIN, "does not follow from the line and those before it")
        if whole != line:
            raise DamagedBundle(number, "", "is not written as it was")
        yield record


def _parsed(number: int, line: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        raise DamagedBundle(number, "", f"is not JSON at column {fault.colno}") from None
    if not isinstance(record, dict):
        raise DamagedBundle(number, "", "is no JSON object")
    return record


def _line(record: Mapping[str, Any], before: str) -> tuple[bytes, str]:
    whole = {**record, _FIELDS: {name: _short(value) for name, value in record.items()}}
    chain = _digest(before.encode() + _json(whole))
    return _json({**whole, _CHAIN: chain}), chain


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _short(value: object) -> str:
    return _digest(_json(value))[:16]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
