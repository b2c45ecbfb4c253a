"""Pure: a refusal as the one error entry that serves every kind of client, in the words its world has chosen.

Clients written after the vendor's errors page go through `errors` and read `code`, `message`, `meta`. Those written
after the traffic read `errors[0]` alone: `status`, `title`, `detail`, `source` and, where a request was invalid,
`meta.subErrors`. So a refusal is one entry: of its faults the first is told by `source`, all by `message` and
`meta.subErrors`. Told in docs/errors.md; the ledger says which parts of it are known.
"""

from __future__ import annotations

from typing import Any

from kustomer_sandbox.simulator.values.errors import BadRequest, ErrorVocabulary, NothingFound, Problem, Refusal

_UNKNOWN_FIELD = "Additional properties not allowed"


def refusal_document(refusal: Refusal, words: ErrorVocabulary) -> dict[str, Any]:
    """A refusal's body: `{errors: [entry]}`."""
    return {"errors": [_recorded_entry(refusal) if words == "recorded" else _page_entry(refusal)]}


def _page_entry(refusal: Refusal) -> dict[str, Any]:
    first, message = refusal.problems[0], _message(refusal)
    source = _source(first)
    if first.parameter:
        # The name under which the published schema has it; recorded answers have `parameter` alone.
        source["parameters"] = first.parameter
    return {
        "status": refusal.status,
        "code": refusal.code,
        "title": refusal.title,
        "detail": message,
        "source": source,
        "message": message,
        "meta": _meta(refusal),
    }


def _recorded_entry(refusal: Refusal) -> dict[str, Any]:
    first, message = refusal.problems[0], _message(refusal)
    found = {"status": refusal.status, "source": _source(first), "code": refusal.recorded_code, "title": refusal.title}
    if isinstance(refusal, NothingFound):
        return found
    if first.is_unknown_field:
        *above, name = first.pointer.split("/")[1:]
        found |= {"source": {"parameter": _unescaped(name)}, "title": _UNKNOWN_FIELD, "detail": _place_in_schema(above)}
    else:
        found["detail"] = message
    return {**found, "message": message, "meta": _meta(refusal)}


def _message(refusal: Refusal) -> str:
    return " ".join(problem.message for problem in refusal.problems)


def _meta(refusal: Refusal) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    for problem in refusal.problems:
        meta |= problem.meta or {}
    if isinstance(refusal, BadRequest):
        meta["subErrors"] = [{"source": _source(problem), "title": problem.message} for problem in refusal.problems]
    return meta


def _source(problem: Problem) -> dict[str, str]:
    source = {}
    if problem.pointer:
        source["pointer"] = problem.pointer
    if problem.parameter:
        source["parameter"] = problem.parameter
    return source


def _place_in_schema(above: list[str]) -> str:
    """Where the schema forbids fields it does not know; `above` are the steps to the object that has one."""
    steps = ("/items" if step.isdecimal() else f"/properties/{step}" for step in above)
    return "".join(steps) + "/additionalProperties"


def _unescaped(name: str) -> str:
    """A step of a JSON pointer as the name it stands for."""
    return name.replace("~1", "/").replace("~0", "~")
