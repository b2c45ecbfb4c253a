"""Removes what a run has made at an organisation: at its end, or later, from the journal that a crash has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from kustomer_sandbox.command.checking.asking import HttpTarget
from kustomer_sandbox.command.checking.journal import CreatedRecords
from kustomer_sandbox.command.checking.pace import Pace
from kustomer_sandbox.contracts.suite.running import NoAnswer

_SEARCH = "/v1/customers/search"
_GONE = (200, 204, 404)
_OK = 200
_NAMES = {
    "customer": ("customer_name", "customer_email", "customer_shared_email", "customer_externalId"),
    "conversation": ("conversation_name",),
}
_SEARCHED = {"customer": "/v1/customers/", "conversation": "/v1/conversations/"}


def remove_all(target: HttpTarget, journal: CreatedRecords, pace: Pace) -> list[str]:
    """Delete what is left, the latest first; gives what could not be removed.

    What a call has made whose answer nobody has seen is looked for by the mark in its name.
    """
    kept: list[str] = []
    try:
        for mark in dict.fromkeys(journal.marks):
            for path in _marked(target, mark, pace):
                if path not in journal.left:
                    journal.note(made=path)
            while mark in journal.marks:
                journal.note(answered=mark)
        kept = [path for path in reversed(journal.left.copy()) if not _removed(target, journal, path, pace)]
    except NoAnswer:
        kept = journal.left.copy()
    journal.end()
    return kept


def _removed(target: HttpTarget, journal: CreatedRecords, path: str, pace: Pace) -> bool:
    pace.wait(is_search=False)
    answer = target.call("DELETE", path)
    pace.learn(answer.headers)
    if answer.status in _GONE:
        journal.note(gone=path)
    return answer.status in _GONE


def _marked(target: HttpTarget, mark: str, pace: Pace) -> Iterator[str]:
    """The paths of records whose names begin with the mark."""
    for kind, home in _SEARCHED.items():
        pace.wait(is_search=True)
        body = {"queryContext": kind, "or": [{name: {"prefix": mark}} for name in _NAMES[kind]]}
        answer = target.call("POST", _SEARCH, body, query="pageSize=100")
        pace.learn(answer.headers)
        found = answer.body.get("data", []) if answer.status == _OK and isinstance(answer.body, dict) else []
        # Each is looked at again: a target whose searches find too much must lose nothing.
        yield from (f"{home}{record['id']}" for record in found if mark in _text(record))


def _text(record: Mapping[str, Any]) -> str:
    return orjson.dumps(record["attributes"]).decode().lower()
