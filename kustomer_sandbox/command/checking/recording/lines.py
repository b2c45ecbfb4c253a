"""One exchange as a line of a recording: what was asked and what came, with stand-ins for all values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from kustomer_sandbox.command.checking.recording.stand_ins import StandIns, declared
from kustomer_sandbox.contracts.model import JSON
from kustomer_sandbox.contracts.suite.laws.promised import promised
from kustomer_sandbox.simulator.request.routing import RoutingTable

_WORDS_OF_FIELDS = ("sort", "include", "fields")
_PAGING = ("page", "pageSize")
_COMPARES = ("gt", "gte", "lt", "lte", "eq")
_PARTS = re.compile(r"[^\[\]]+")
_UNKNOWN = "/unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """What has passed: a body is None where there was none, or where it was too large to be kept."""

    method: str
    path: str
    query: str
    body: bytes | None
    status: int
    headers: Mapping[str, str]
    answer: bytes | None


class Lines:
    """Writes exchanges down, each as a line."""

    def __init__(self) -> None:
        self._routes = RoutingTable(promised().operations.values())
        self._stand_ins = StandIns()

    def line(self, passed: Passed) -> str:
        """The exchange as JSON, in the form that `replay` reads."""
        self._stand_ins.at(_date(passed.headers))
        told: dict[str, Any] = {"method": passed.method, "path": self._path(passed.path)}
        told["query"] = self._query(passed.query)
        if passed.body:
            told["body"] = self._stand_ins.of(_decoded(passed.body))
        told["status"] = passed.status
        told["response"] = self._stand_ins.of(_decoded(passed.answer)) if passed.answer else None
        return json.dumps({name: value for name, value in told.items() if value != ""})

    def _path(self, path: str) -> str:
        """The path of its operation with stand-ins for what it names; of a strange path nothing is told."""
        found = self._routes.match(path)
        operations = list(found[0].operations.values()) if found else []
        if found is None or not operations:
            return _UNKNOWN
        shown = operations[0].path
        for name, value in found[1].items():
            parts = [self._stand_ins.text(part, (name,)) for part in value.split(",")]
            shown = shown.replace(f"{{{name}}}", quote(",".join(parts), safe=","))
        return shown

    def _query(self, query: str) -> str:
        given = parse_qsl(query, keep_blank_values=True)
        return urlencode([(self._parameter(name), self._given(name, value)) for name, value in given])

    def _parameter(self, name: str) -> str:
        """A parameter's name as it is, such as `createdAt[gt]`, if the contracts have it."""
        return name if all(part in declared() or part in _COMPARES for part in _PARTS.findall(name)) else "unknown"

    def _given(self, name: str, value: str) -> str:
        """A value of a query: which page is asked for stays, and names of fields."""
        stem = name.partition("[")[0]
        if stem in _WORDS_OF_FIELDS and all(part.lstrip("-") in declared() for part in value.split(",")):
            return value
        if stem in _PAGING and value.isdigit():
            return value
        return self._stand_ins.text(value, (stem,))


def _decoded(text: bytes) -> JSON:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.decode(errors="replace")


def _date(headers: Mapping[str, str]) -> datetime:
    """The upstream's present, by its header; without one everything is future."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
