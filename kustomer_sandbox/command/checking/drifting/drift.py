"""Compares a vendor's OpenAPI file with our contracts, operation by operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from kustomer_sandbox.command.checking.drifting.facts import Document, Found, Severity, Side, compared
from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import JSON, JSON_MEDIA_TYPE, METHODS, Contracts, Operation

_VALUE = re.compile(r"\{[^}]*\}")
_PLACES = ("path", "query")


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """One difference: how grave, of which operation, where, what the file says, and the tools that are made of it."""

    severity: Severity
    operation: str
    place: str
    told: str
    tools: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftReport:
    """All differences, the breaking ones first."""

    operations: int
    found: tuple[Drift, ...]

    def as_json(self) -> str:
        return json.dumps({"ok": not self.found, "operations": self.operations, "drift": list(map(asdict, self.found))})

    def as_text(self) -> str:
        lines = [f"{one.severity:<10}{one.operation}{_tools(one)}\n            {_words(one)}" for one in self.found]
        return "\n".join([*lines, f"{self.operations} operations compared, {len(self.found)} differences."])


def _words(one: Drift) -> str:
    return f"{one.place}: {one.told}" if one.place else f"it {one.told}"


def _tools(one: Drift) -> str:
    return f" ({', '.join(one.tools)})" if one.tools else ""


def drift(theirs: Document, contracts: Contracts, unserved: frozenset[tuple[str, str]]) -> DriftReport:
    """What differs. `unserved` are method and path of operations that are known and not served: those are no news."""
    their = {(method.upper(), path): (item, entry) for method, path, item, entry in _operations(theirs)}
    # Paths that are our own stand for one of the vendor's.
    our = {(one.method, one.path): one for one in contracts.operations.values() if one.alias_of is None}
    pairs = _paired(our, their)
    aliases = {(one.method, one.path) for one in contracts.operations.values() if one.alias_of is not None}
    known = {_key(*call) for call in unserved | aliases}
    found = [
        _whole("breaking", key, "is not in the file", one, contracts) for key, one in our.items() if key not in pairs
    ]
    new = [key for key in their.keys() - set(pairs.values()) if _key(*key) not in known]
    found += [_whole("addition", key, "is in the file alone", None, contracts) for key in new]
    for key, other in pairs.items():
        found += _of_operation(theirs, their[other], our[key], contracts)
    found.sort(key=lambda one: (one.severity != "breaking", one.operation, one.place))
    return DriftReport(operations=len(pairs), found=tuple(found))


def _whole(
    severity: Severity, call: tuple[str, str], told: str, operation: Operation | None, contracts: Contracts
) -> Drift:
    tools = _tools_of(operation, contracts) if operation else ()
    return Drift(severity=severity, operation=" ".join(call), place="", told=told, tools=tools)


def _paired(our: Iterable[tuple[str, str]], their: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Theirs for ours: the same path to the letter, else the same but for the names of the values in it."""
    left = set(their)
    pairs = {key: key for key in our if key in left}
    left -= pairs.keys()
    by_key = {_key(*key): key for key in sorted(left)}
    return pairs | {key: by_key[_key(*key)] for key in our if key not in pairs and _key(*key) in by_key}


def _key(method: str, path: str) -> tuple[str, str]:
    """What an operation is known by: names of values in paths are anybody's choice."""
    return method.upper(), _VALUE.sub("{}", path.rstrip("/"))


def _operations(document: Document) -> Iterator[tuple[str, str, JSON, JSON]]:
    for path, item in document["paths"].items():
        for method, entry in item.items():
            if method in METHODS:
                yield method, path, item, entry


def _tools_of(operation: Operation, contracts: Contracts) -> tuple[str, ...]:
    """The tools of an operation, and of the paths of our own that stand for it."""
    several = [one for one in contracts.operations.values() if operation.id in {one.id, one.alias_of}]
    return tuple(tool.name for one in several for tool in one.tools)


def _of_operation(
    theirs: Document, there: tuple[JSON, JSON], operation: Operation, contracts: Contracts
) -> Iterator[Drift]:
    ours = contracts.document
    item = ours["paths"][operation.path]
    here = (item, item[operation.method.lower()])
    tools = _tools_of(operation, contracts)
    found = [*_parameters(_given(*there, theirs), _given(*here, ours), theirs, ours)]
    for place, of in (("body", _body), ("answer", _answer)):
        sides = Side(of(theirs, there[1]), theirs), Side(of(ours, here[1]), ours)
        found += compared(*sides, place, is_answer=place == "answer")
    for one in found:
        yield Drift(
            severity=one.severity,
            operation=f"{operation.method} {operation.path}",
            place=one.place,
            told=one.told,
            tools=tools,
        )


def _given(item: JSON, entry: JSON, document: Document) -> dict[tuple[str, str], JSON]:
    """Parameters by place and name; those of paths by their order."""
    every = [resolve(document, one) for one in (*item.get("parameters", ()), *entry.get("parameters", ()))]
    known = {(one["in"], one["name"]): one for one in every if one["in"] in _PLACES}
    return {key: one for key, one in known.items() if key[0] != "path"}


def _parameters(
    theirs: Mapping[tuple[str, str], JSON], ours: Mapping[tuple[str, str], JSON], there: Document, here: Document
) -> Iterator[Found]:
    for key in sorted(ours.keys() | theirs.keys()):
        place, their, our = f"{key[0]} {key[1]}", theirs.get(key), ours.get(key)
        if their is None:
            yield Found("breaking", place, "is not in the file")
        elif our is None:
            is_needed = bool(their.get("required"))
            yield Found(
                "breaking" if is_needed else "addition", place, "is in the file alone" + ", and required" * is_needed
            )
        else:
            was, now = bool(our.get("required")), bool(their.get("required"))
            if was != now:
                yield Found("breaking" if now else "addition", place, f"is {'' if now else 'not '}required there")
            sides = Side(their.get("schema", {}), there), Side(our.get("schema", {}), here)
            yield from compared(*sides, place, is_answer=False)


def _body(document: Document, entry: JSON) -> JSON:
    body = resolve(document, entry["requestBody"]) if "requestBody" in entry else {}
    return body.get("content", {}).get(JSON_MEDIA_TYPE, {}).get("schema", {})


def _answer(document: Document, entry: JSON) -> JSON:
    """The schema of the first success."""
    for status, response in sorted(entry.get("responses", {}).items(), key=lambda pair: str(pair[0])):
        if str(status).startswith("2"):
            return resolve(document, response).get("content", {}).get(JSON_MEDIA_TYPE, {}).get("schema", {})
    return {}
