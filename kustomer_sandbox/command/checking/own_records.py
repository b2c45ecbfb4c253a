"""What a run may change at an organisation: records that it has made itself, which bear its mark, and are removed."""

from __future__ import annotations

import re
from typing import Any

import orjson

from kustomer_sandbox.command.checking.guard import Routes
from kustomer_sandbox.command.checking.journal import CreatedRecords
from kustomer_sandbox.contracts.model import Operation
from kustomer_sandbox.contracts.suite.laws.promised import promised
from kustomer_sandbox.contracts.suite.target import NotAllowed, TargetAnswer
from kustomer_sandbox.contracts.validation import Checker

_MADE = {"customer": "/v1/customers/", "conversation": "/v1/conversations/"}
"""What may be made by itself, and where it is deleted. All else stands in one of them and goes with it."""
_WITHIN = {"draft": "/v1/drafts/", "note": "/v1/notes/", "message": ""}
_CHANGED = {*_MADE, *_WITHIN, "unmasking_window"}
_MAKES = ("/v1/customers", "/v1/conversations", "/v1/messages", "/v1/notes")
_ID = re.compile("[0-9a-f]{24}")
_SUCCESSES = range(200, 300)


class OwnRecords:
    """Lets reads through, what must be refused, and changes of the run's own records; notes what is made."""

    may_write = True

    def __init__(self, mark: str, journal: CreatedRecords) -> None:
        self._mark, self._journal = mark, journal
        self._routes = Routes()
        self._own: set[str] = set()
        self._checkers: dict[str, Checker] = {}
        self._is_noted = False

    def admit(self, method: str, path: str, body: Any, *, is_raw: bool) -> None:  # noqa: ANN401 - as `Guard` has it
        """Raises `NotAllowed` for what might change anything that is not the run's own."""
        self._is_noted = False
        if self._routes.only_reads(method, path):
            return
        operation = self._routes.operation(method, path)
        why = (
            "the contracts do not know it" if operation is None else self._reason(operation, path, body, is_raw=is_raw)
        )
        if why:
            raise NotAllowed(f"{method} {operation.path if operation else path}: {why}")
        self._journal.note(about=self._mark)
        self._is_noted = True

    def _reason(self, operation: Operation, path: str, body: Any, *, is_raw: bool) -> str:  # noqa: ANN401
        """Why a call is not allowed; empty if it is."""
        named = ids_in(path)
        if operation.bulk_of:
            return "a bulk job works on when the run is over"
        if operation.resource.type not in _CHANGED or not named <= self._own:
            return "it would change, or leave behind, what is the organisation's"
        if self._is_refused(operation, body, is_raw=is_raw):
            return ""
        if _makes_names(operation, body):
            return "tags or custom attributes that it names would stay"
        if _sends(operation, body):
            return "it might be sent to somebody"
        return "" if named else self._reason_to_make(operation, body)

    def _reason_to_make(self, operation: Operation, body: Any) -> str:  # noqa: ANN401
        text = orjson.dumps(body).decode()
        if operation.path not in _MAKES:
            return "it would change what the run has not made"
        if self._mark in text or any(id in text for id in self._own):
            return ""
        return "what it makes would not bear the run's mark"

    def _is_refused(self, operation: Operation, body: Any, *, is_raw: bool) -> bool:  # noqa: ANN401
        """Whether the contract has the call refused: that it is, is what the check looks for."""
        if is_raw:
            return True
        if operation.body is None:
            return body is not None
        if operation.id not in self._checkers:
            self._checkers[operation.id] = Checker(operation.body, promised().document)
        return not self._checkers[operation.id].is_valid(body)

    def answered(self, method: str, answer: TargetAnswer) -> None:
        """Note what a call has made, whether that was expected or not."""
        if not self._is_noted:
            return
        self._is_noted = False
        body = answer.body if isinstance(answer.body, dict) and answer.status in _SUCCESSES else {}
        record = body.get("data")
        if method == "POST" and isinstance(record, dict) and isinstance(record.get("id"), str):
            self._keep(str(record.get("type")), record["id"])
        self._journal.note(answered=self._mark)

    def _keep(self, kind: str, id: str) -> None:
        self._own.add(id)
        home = _MADE.get(kind) or _WITHIN.get(kind)
        if home and f"{home}{id}" not in self._journal.left:
            self._journal.note(made=f"{home}{id}")


def _is_object(body: Any) -> bool:  # noqa: ANN401
    return isinstance(body, dict)


def ids_in(path: str) -> set[str]:
    """The ids of the records that a path names."""
    return set(_ID.findall(path))


def _makes_names(operation: Operation, body: Any) -> bool:  # noqa: ANN401
    """Whether a call would make tags, or custom attributes, of the names that it gives."""
    fields = [name for name, facts in operation.fields.items() if facts.tags or facts.custom]
    return operation.path.endswith("/tags") or (_is_object(body) and any(body.get(name) for name in fields))


def _sends(operation: Operation, body: Any) -> bool:  # noqa: ANN401
    """Whether a call could send something to somebody outside."""
    if not _is_object(body):
        return False
    kind = operation.resource.type
    return (kind == "message" and body.get("direction") != "in") or (
        kind in {"draft", "forward"} and bool(body.get("scheduled") or body.get("sendAt"))
    )
