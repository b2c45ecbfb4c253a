"""The contracts as checks ask them: worked calls of operations, and what their answers are due to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from kustomer_sandbox.contracts.build.examples import RecordName, body_example, filled, is_known_by, parameters_example
from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.load import load
from kustomer_sandbox.contracts.model import JSON_MEDIA_TYPE, Contracts, Operation
from kustomer_sandbox.contracts.suite.target import NotApplicable, Target
from kustomer_sandbox.contracts.validation import Checker

_SEARCH = "/v1/customers/search"
_CONTEXTS = ("company", "conversation", "customer", "kobject", "message", "note", "work_item", "work_session")
_OK = 200
_NO_ID = "0123456789abcdef01234567"


@cache
def promised() -> Contracts:
    """The shipped contracts, loaded once."""
    return load()


@cache
def checker_of(id: str, status: int) -> Checker | None:
    """What an operation's answer of a status must be; None if it has no body."""
    contracts = promised()
    operation = contracts.operations[id]
    responses = contracts.document["paths"][operation.path][operation.method.lower()]["responses"]
    response = resolve(contracts.document, responses.get(str(status), responses["default"]))
    content = response.get("content")
    return Checker(content[JSON_MEDIA_TYPE]["schema"], contracts.document) if content else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkedCall:
    """An operation's example, with records of the target in it."""

    path: str
    query: str = ""
    body: Any = None


class Records:
    """Records of a target, looked up when a call needs one, by type."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[str, list[Mapping[str, Any]]] = {}

    def find(self, name: RecordName) -> Any:
        """What a name in an example stands for. Raises `NotApplicable` if no record of the target fits it."""
        known, text = self._of(name.type), name.text or _usual(name.type)
        fitting = [one for one in known if text and is_known_by(text, one)]
        for record in fitting if name.text else [*fitting, *known]:
            value = name.value_in(record)
            if value is not None and not _is_masked(value):
                return value
        raise NotApplicable(f"no {name.type} is found that the call could be about")

    def _of(self, kind: str) -> list[Mapping[str, Any]]:
        if kind not in self._known:
            self._known[kind] = []  # while it is looked for: its list may lie below another record
            found = next((found for ask in self._ways(kind) if (found := self._listed(ask))), [])
            # The system's own can be changed by nobody.
            self._known[kind] = sorted(found, key=lambda record: record["attributes"].get("system") is True)
        return self._known[kind]

    def _ways(self, kind: str) -> Iterator[tuple[str, str, Any]]:
        """Calls whose answers may have records of a type: its list, and a search for it."""
        for operation in promised().operations.values():
            is_list = operation.method == "GET" and operation.paging is not None and operation.resource.type == kind
            if is_list and not any(parameter.required for parameter in operation.parameters):
                yield "GET", operation.path, None
        if kind in _CONTEXTS:
            yield "POST", _SEARCH, {"queryContext": kind}
        yield from self._nested(kind)

    def _nested(self, kind: str) -> Iterator[tuple[str, str, Any]]:
        for operation in promised().operations.values():
            is_list = operation.method == "GET" and operation.paging is not None and operation.resource.type == kind
            if is_list and any(parameter.required for parameter in operation.parameters):
                with suppress(NotApplicable):
                    yield "GET", self._path(operation), None

    def _path(self, operation: Operation) -> str:
        given = filled(parameters_example(promised(), operation), self.find)
        path = operation.path
        for name, value in given.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        return path

    def _listed(self, ask: tuple[str, str, Any]) -> list[Mapping[str, Any]]:
        method, path, body = ask
        answer = self._target.call(method, path, body)
        found = answer.body.get("data") if answer.status == _OK and isinstance(answer.body, dict) else []
        listed = found if isinstance(found, list) else []
        return [one for one in listed if isinstance(one, dict) and {"id", "attributes"} <= one.keys()]


def _usual(kind: str) -> str:
    """The value by which a demo world's record is known that examples are about, if it is one."""
    resource = next((one for one in promised().resources.values() if one.type == kind), None)
    return resource.example if resource else ""


def _is_masked(value: Any) -> bool:
    """Whether this is a mask: a call with it would ask for another record, or none."""
    return isinstance(value, Mapping) or (isinstance(value, str) and "***" in value)


def worked_call(target: Target, operation: Operation) -> WorkedCall:
    """The example of an operation, about records of the target. Raises `NotApplicable` if it has none that fit."""
    contracts, records = promised(), Records(target)
    given = filled(parameters_example(contracts, operation), records.find)
    path, query = operation.path, {}
    for parameter in operation.parameters:
        if parameter.required and parameter.name not in given:
            raise NotApplicable(f"no value is known for the parameter {parameter.name}")
        if parameter.required and parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(str(given[parameter.name]), safe=""))
        elif parameter.required:
            query[parameter.name] = given[parameter.name]
    body = filled(body_example(contracts, operation), records.find)
    return WorkedCall(path=path, query=urlencode(query), body=body)


def empty_path(operation: Operation) -> tuple[str, dict[str, str]]:
    """A path of an operation about nothing, and the values in it: enough to meet the gate, which looks at roles."""
    given = parameters_example(promised(), operation)
    values, path = {}, operation.path
    for parameter in operation.parameters:
        if parameter.place == "path":
            example = given.get(parameter.name, "@")
            values[parameter.name] = _NO_ID if example.startswith("@") else example
            path = path.replace(f"{{{parameter.name}}}", quote(values[parameter.name], safe=""))
    return path, values
