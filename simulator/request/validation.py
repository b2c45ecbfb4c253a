"""Reads query and body against the contract: the 400s and the 413 come from here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from kustomer_sandbox.contracts.documents import resolve
from kustomer_sandbox.contracts.model import Contracts, Operation, Parameter
from kustomer_sandbox.contracts.validation import Checker, Finding
from kustomer_sandbox.simulator.operations.perform import InvalidBody
from kustomer_sandbox.simulator.values.errors import WHOLE_BODY, BadRequest, PayloadTooLarge, Problem
from kustomer_sandbox.simulator.values.record import DEPTH, JSON, is_deep

Reads = Callable[[str, str], bool]
"""Whether a world has another reading of a rule, by the names of both."""
DIGITS = 16
"""Longer integers than JSON can carry exactly are left as text, and refused as such."""
_NOTHING = (b"", b"{}")
UNNAMED = "***"
"""What stands for the name of an unknown parameter that does not look like a name: it may be a lost value."""
_NAME = re.compile(r"[A-Za-z_$][\w.$\[\]-]{0,63}", re.ASCII)

MOST_FINDINGS = 20
"""Of more faults in one body the first ones are told."""
MOST_IGNORED = 20
"""Of more unknown parameters in one query the first ones are told: each is kept in the journal."""
_WITHOUT_DIGITS = re.compile(r"[A-Za-z_$][A-Za-z_.$\[\]-]{0,63}", re.ASCII)


def _own(_: str, __: str) -> bool:
    """The sandbox's own reading of every rule."""
    return False


class ParameterCheck(NamedTuple):
    """A parameter's compiled schema, and the JSON type its text is read as."""

    name: str
    checker: Checker
    kind: JSON

    def value(self, raw: str) -> JSON:
        """The typed value of a parameter's text. Raises `BadRequest`."""
        value = _typed(raw, self.kind)
        findings = self.checker.findings(value)
        if findings:
            raise _wrong_parameter(self.name, findings[0].reason)
        return value


class ParameterChecks(NamedTuple):
    """The checks of an operation's parameters; `required` are names of those the query must have."""

    path: tuple[ParameterCheck, ...]
    query: Mapping[str, ParameterCheck]
    required: tuple[str, ...]


class RequestValidator:
    """Compiled checks per operation, made on first use."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._bodies: dict[str, Checker] = {}
        self._parameters: dict[str, ParameterChecks] = {}

    def path(self, operation: Operation, values: Mapping[str, str]) -> None:
        """Refuse path values that cannot be what they stand for, such as an id that is none."""
        checks = self._parameters.get(operation.id) or self._compiled(operation)
        for check in checks.path:
            check.value(values[check.name])

    def query(
        self, operation: Operation, text: str, *, ignored: list[str] | None = None, reads: Reads = _own
    ) -> dict[str, Any]:
        """The query's typed values; repeated or ill-typed parameters are refused.

        The names of unknown ones, so many at most, are added to `ignored`; without such a list they are refused, too.
        `reads` asks the world whether of a repeated one the last counts.
        """
        _, known, required = self._parameters.get(operation.id) or self._compiled(operation)
        values: dict[str, Any] = {}
        for name, raw in parse_qsl(text, keep_blank_values=True) if text else ():
            if name not in known:
                if ignored is None:
                    allowed = ", ".join(sorted(known)) or "none"
                    raise _wrong_parameter(name, f"is not a query parameter here; known: {allowed}")
                if len(ignored) < MOST_IGNORED:
                    ignored.append(name if _is_named(name, raw, text) else UNNAMED)
                continue
            if name in values and not reads("repeated-query-parameters", "last"):
                raise _wrong_parameter(name, "is given more than once")
            values[name] = known[name].value(raw)
        for name in required:
            if name not in values:
                raise _wrong_parameter(name, "is required")
        return values

    def body(self, operation: Operation, raw: bytes, decoded: JSON = None) -> JSON:
        """The body after the contract's schema, with the operation's fixed fields filled in.

        `decoded` is the body as it has been read already, None if it has not or could not be.
        """
        self.size(operation, raw)
        if operation.body is None:
            if operation.method in ("POST", "PUT", "PATCH") and raw.strip() not in _NOTHING:
                raise BadRequest(Problem(message="This operation takes no body.", pointer=WHOLE_BODY))
            return None
        if not raw and not operation.body_required:
            return None
        body = _decode(raw) if decoded is None else decoded
        if raw.count(b"[") + raw.count(b"{") > DEPTH and is_deep(body):
            words = f"The body is nested more than {DEPTH} levels deep."
            raise BadRequest(Problem(message=words, pointer=WHOLE_BODY), rule="nesting-limit")
        if operation.fixed and isinstance(body, dict):
            body = {**operation.fixed, **body}
        checker = self._checker(operation)
        self._refuse(checker.findings(body))
        if unknown := checker.unknown(body):
            body = {name: value for name, value in body.items() if name not in unknown}
        return body

    def size(self, operation: Operation, raw: bytes) -> None:
        """Refuse a body that is too large. Raises `PayloadTooLarge`."""
        limits = self._contracts.limits
        most = limits.hook_body_bytes if operation.is_hook else limits.body_bytes
        if len(raw) > most:
            words = f"The body is larger than {most} bytes."
            raise PayloadTooLarge(Problem(message=words, pointer=WHOLE_BODY), rule="body-limit-413")

    def _checker(self, operation: Operation) -> Checker:
        checker = self._bodies.get(operation.id)
        if checker is None:
            checker = Checker(operation.body or {}, self._contracts.document)
            self._bodies[operation.id] = checker
        return checker

    def _refuse(self, findings: list[Finding]) -> None:
        if findings:
            raise InvalidBody(findings[:MOST_FINDINGS])

    def _compiled(self, operation: Operation) -> ParameterChecks:
        query = [parameter for parameter in operation.parameters if parameter.place == "query"]
        checks = self._parameters[operation.id] = ParameterChecks(
            path=tuple(self._check(parameter) for parameter in operation.parameters if parameter.place == "path"),
            query={parameter.name: self._check(parameter) for parameter in query},
            required=tuple(parameter.name for parameter in query if parameter.required),
        )
        return checks

    def _check(self, parameter: Parameter) -> ParameterCheck:
        document = self._contracts.document
        kind = resolve(document, parameter.schema).get("type")
        return ParameterCheck(parameter.name, Checker(parameter.schema, document), kind)


def _decode(raw: bytes) -> JSON:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        where = f"line {fault.lineno} column {fault.colno}"
        words = f"The body is not valid JSON ({where}); send one JSON value in UTF-8."
        raise BadRequest(Problem(message=words, pointer=WHOLE_BODY), rule="invalid-json-400") from None


def _typed(raw: str, kind: JSON) -> JSON:
    if kind == "integer" and raw.isascii() and raw.removeprefix("-").isdigit() and len(raw) < DIGITS:
        return int(raw)
    if kind == "boolean" and raw in ("true", "false"):
        return raw == "true"
    return raw


def _is_named(name: str, raw: str, text: str) -> bool:
    """Whether an unknown parameter's name may be kept: it looks like one, and is no value that lost its name.

    What holds a digit may be an id or a number; a bare word the rest of a value sent unencoded: `name=Tom&Jerry`.
    """
    return _WITHOUT_DIGITS.fullmatch(name) is not None and (raw != "" or f"{name}=" in text)


def _wrong_parameter(name: str, reason: str) -> BadRequest:
    """What is wrong with a parameter; an unknown one is named only if it looks like a name: it may be a lost value."""
    shown = name if _NAME.fullmatch(name) else "A parameter"
    return BadRequest(Problem(message=f"{shown} {reason}.", parameter=name if shown == name else ""))
